"""How do detections arrive? Sensors deliver batches; each statement is stored once, for ever."""
