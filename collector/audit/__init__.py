"""Who looked at what, changed what, took what out? One hash-chained log, kept for its term."""
