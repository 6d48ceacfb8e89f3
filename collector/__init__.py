"""What does an office run? The collector: detections in, enterprises and addresses, cases and weekly lists out."""
