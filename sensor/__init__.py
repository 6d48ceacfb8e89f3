"""The sensor: finds mining in packets, next to the wire. Never imports the collector."""
