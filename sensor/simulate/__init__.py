"""Traffic scenarios made with scapy: tests, demos, field self-tests."""
