"""What does a frozen list look like as a file? The same bytes every time."""
