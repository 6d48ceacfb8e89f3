"""Who is behind an address? Divisions, organisations, sites and dated ownership records."""
