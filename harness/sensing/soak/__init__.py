"""A node at work for hours: scenarios in turn, everything measured every minute.

plan      how long, by which clock, which scenarios
run       the loop over the minutes
minute    what is measured in one, and what is wrong with it
logits    the head against the oracle, on the frames that the node fed it with
heard     what those frames are: states that it sent, or spectra that it is asked for
trend     whether a series sinks: how a leak is told from noise
result    what came of it
"""

from harness.sensing.soak.minute import Minute
from harness.sensing.soak.plan import DurationInvalid, SoakPlan, read_duration, say_duration
from harness.sensing.soak.result import Finding, SoakFound, SoakResult, SoakStopped
from harness.sensing.soak.run import Soak
from harness.sensing.soak.trend import Trend, trend_of

__all__ = [
    "DurationInvalid",
    "Finding",
    "Minute",
    "Soak",
    "SoakFound",
    "SoakPlan",
    "SoakResult",
    "SoakStopped",
    "Trend",
    "read_duration",
    "say_duration",
    "trend_of",
]
