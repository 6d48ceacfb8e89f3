"""Where detections go: the durable spool, the uplink, JSON lines."""
