"""The reference engine in pure Python on dpkt."""
