"""What goes to the office each week? Frozen, numbered, digested lists."""
