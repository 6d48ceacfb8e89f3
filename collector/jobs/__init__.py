"""What is done beside the requests? Work in a table, taken by any worker, each piece by one."""
