"""What a recording shows, in the words of a manifest."""

from __future__ import annotations

EMPTY = "empty"
STILL = "still"  # somebody lies, sits or stands
BREATHING = "breathing"  # the same, and how fast they breathe is known or was to be measured
MOVING = "moving"
WALKING = "walking"
FALL = "fall"
GET_UP = "get-up"
LIE_DOWN = "lie-down"
SIT_DOWN = "sit-down"
FAN = "fan"  # nobody, and something else moves

QUIET = frozenset({EMPTY, STILL, BREATHING})
"""Nothing moves."""

NOBODY = frozenset({EMPTY, FAN})
MOVEMENT = frozenset({MOVING, WALKING})
"""Somebody moves all the time."""

ACTIONS = (FALL, GET_UP, LIE_DOWN, SIT_DOWN, WALKING)
