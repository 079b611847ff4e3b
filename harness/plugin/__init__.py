"""The pytest plugin of the harness."""
