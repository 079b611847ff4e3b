"""A recording's channel state through a node again, beside the numpy twin.

senders   who sent what: nodes told apart by id and address
order     raw frames in their order, boot by boot, whatever the way here did to them
marks     the packets that tell the node's time
clock     when each frame was taken
frames    all of that together: what a recording holds to be replayed
gate      how many frames a second a node's capture takes
feed      the frames into a node's capture, at the node's own time
compare   what the node then sent, against the twin and against what was recorded
said      what it said of the room, over time
result    a whole replay; table, page: the same for a person
"""

from harness.sensing.replay.compare import (
    Compared,
    FeatureErrors,
    Tick,
    compare_with_twin,
    ticks_of,
)
from harness.sensing.replay.feed import Replay, feed
from harness.sensing.replay.frames import (
    Boot,
    NothingToReplay,
    Recorded,
    TimedFrame,
    read_recording,
)
from harness.sensing.replay.result import Replayed, ReplayFailed, Result, replay_all

__all__ = [
    "Boot",
    "Compared",
    "FeatureErrors",
    "NothingToReplay",
    "Recorded",
    "Replay",
    "ReplayFailed",
    "Replayed",
    "Result",
    "Tick",
    "TimedFrame",
    "compare_with_twin",
    "feed",
    "read_recording",
    "replay_all",
    "ticks_of",
]
