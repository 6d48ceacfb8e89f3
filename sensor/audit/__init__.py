"""Which machine of ours mines? Detections joined with an asset table and with what the link itself tells."""
