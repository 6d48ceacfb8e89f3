"""Which pages are there? One file per noun: its list, its page, its actions."""
