"""Whom do we ask when no register knows? Trace requests to carriers and units, and what their replies become."""
