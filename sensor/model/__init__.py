"""What every part of Minewatch speaks: flows, observations, evidence, detections, the wire."""
