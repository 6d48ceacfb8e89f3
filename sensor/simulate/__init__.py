"""Which traffic can be played for tests, demos and a field self-test? Inert scenarios: nothing is ever hashed."""
