"""From observations to detections: match, score, pipeline."""
