"""The sensor as a long-running process."""
