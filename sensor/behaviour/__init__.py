"""How does a flow behave, whatever it says? Records of message sizes and gaps, features of them, a model's score."""
