"""Is that server a pool? Active verification: opt-in, bounded, logged, and never from the host of a tap."""
