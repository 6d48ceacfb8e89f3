"""How is the collector configured? One YAML file, read into Django settings."""
