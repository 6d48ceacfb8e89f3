"""How does a notified unit look at itself? A capture, the sensor's own program over it, and the report."""
