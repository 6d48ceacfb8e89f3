"""What does an office publish? Weekly bulletins, notices and the assessor's pack, all from one frozen snapshot."""
