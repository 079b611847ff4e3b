"""How long a test waits for what ought to happen."""

PATIENCE_S = 300.0
"""Seconds, for a machine that is very busy: on one, starting Python alone has taken a minute. No
test that passes takes it."""
