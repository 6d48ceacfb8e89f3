"""Where detections go: the spool, the uplink to the collector, and lines of JSON."""
