"""The suite: the same tests for every target."""
