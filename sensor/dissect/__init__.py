"""Application protocols: one file each, probe() and parse()."""
