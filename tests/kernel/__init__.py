"""The kernel as a shared library against the oracle."""
