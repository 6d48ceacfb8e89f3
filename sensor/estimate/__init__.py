"""Hash rate, power and fleet size from what the wire says."""
