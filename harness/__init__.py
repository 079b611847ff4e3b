"""The bench: builds a target, drives its node over the console and judges it against the oracle."""
