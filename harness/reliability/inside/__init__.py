"""What runs in a session under test: a plugin of pytest and a tiny suite."""
