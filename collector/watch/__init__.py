"""Pool watch: the life of each pool endpoint, new indicators for review, and signed signature updates."""
