"""What does each protocol say, message by message? One file per family; nothing here hashes."""
