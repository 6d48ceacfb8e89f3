"""What else keeps a connection open for long and says little? Generated flows of many protocols, real parameters."""
