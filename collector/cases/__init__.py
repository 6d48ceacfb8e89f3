"""Which mining addresses belong together? Leads, one per subscriber, unit or address."""
