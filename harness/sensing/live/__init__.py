"""A board in front of a person: does its radio hear, and do its features move?"""

from harness.sensing.live.plan import DEFAULT_LIVE_S, LivePlan
from harness.sensing.live.table import live_table
from harness.sensing.live.watch import LiveResult, LiveSecond, LiveWatch

__all__ = ["DEFAULT_LIVE_S", "LivePlan", "LiveResult", "LiveSecond", "LiveWatch", "live_table"]
