"""How a scan's detections are shown: table, JSON lines, CSV, HTML, XLSX."""
