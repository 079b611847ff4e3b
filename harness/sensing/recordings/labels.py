"""The words of a manifest for what a recording shows."""

from __future__ import annotations

EMPTY = "empty"
STILL = "still"  # somebody lies, sits or stands
BREATHING = "breathing"  # the same, and their breathing was measured or paced
MOVING = "moving"
WALKING = "walking"
FALL = "fall"
GET_UP = "get-up"
LIE_DOWN = "lie-down"
SIT_DOWN = "sit-down"
FAN = "fan"  # nobody is there, but something else moves

QUIET = frozenset({EMPTY, STILL, BREATHING})
"""Nothing moves."""

NOBODY = frozenset({EMPTY, FAN})
MOVEMENT = frozenset({MOVING, WALKING})
"""Somebody moves all the time."""

ACTIONS = (FALL, GET_UP, LIE_DOWN, SIT_DOWN, WALKING)
