"""From packets to candidates: the seam, the chooser, and the portable reference engine."""
