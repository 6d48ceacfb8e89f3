"""Whose address was it, at that time? Attribution as of the detection's time, with reasons."""
