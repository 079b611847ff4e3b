"""A recording's channel state through a node again, beside the numpy twin.

frames    which raw frames a recording holds, of whom, and when they were taken
feed      the frames into a node's capture, at the node's own time
compare   what the node then sent, against the twin and against what was recorded
"""

from harness.replay.compare import FeatureErrors, Tick, ticks_of, twin_errors
from harness.replay.feed import Replay, feed
from harness.replay.frames import NothingToReplay, Recorded, TimedFrame, read_recording

__all__ = [
    "FeatureErrors",
    "NothingToReplay",
    "Recorded",
    "Replay",
    "Tick",
    "TimedFrame",
    "feed",
    "read_recording",
    "ticks_of",
    "twin_errors",
]
