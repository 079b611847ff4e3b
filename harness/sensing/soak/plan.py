"""How long, by which clock, which scenarios."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.errors import BenchError
from harness.node.structs import ClockMode
from harness.target import Capability, Target
from kernels_ref.edge.mock import Scenario

MINUTE_S = 60
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(?:\d+[smhd])+")
_PART = re.compile(r"(\d+)([smhd])")
_CLOCKS = {"real": ClockMode.REAL, "stepped": ClockMode.STEPPED}
CLOCK_NAMES = ("auto", *_CLOCKS)


A_DAY = (
    *(Scenario.EMPTY, Scenario.WALKING, Scenario.STATIC_PERSON, Scenario.STATIC_PERSON),
    *(Scenario.WALKING, Scenario.MULTI_PERSON, Scenario.WALKING, Scenario.EMPTY),
    *(Scenario.FAN, Scenario.EMPTY, Scenario.WALKING, Scenario.FALL),
    *(Scenario.STATIC_PERSON, Scenario.WALKING, Scenario.EMPTY),
)
"""What a room sees from morning to night, for a model of persons: nothing that no room shows."""


class DurationInvalid(BenchError):
    """A duration that is none, or too short."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f"--soak-duration {text}: {why}.", "Write 8h, 30m, or 1h30m.")
        self.text = text


@dataclass(frozen=True)
class SoakPlan:
    """minutes: of the node's time. seed: of the scenarios."""

    minutes: int
    clock: ClockMode
    scenarios: tuple[Scenario, ...] = tuple(Scenario)
    seed: int = 1

    def scenario(self, minute: int) -> Scenario:
        """The one that plays in a minute, counted from 0: each for one, in turn."""
        return self.scenarios[minute % len(self.scenarios)]


def read_duration(text: str) -> int:
    """Whole minutes; "8h", "30m", "1h30m", "90s" is 1. Raises DurationInvalid."""
    if not _DURATION.fullmatch(text):
        raise DurationInvalid(text, "is not a duration")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if seconds < MINUTE_S:
        raise DurationInvalid(text, "it is less than a minute")
    return seconds // MINUTE_S


def say_duration(minutes: float) -> str:
    """480 is 8 h 00 min."""
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


def choose_clock(name: str, target: Target) -> ClockMode:
    """`auto`: a board keeps real time, for its radio and its flash do; a machine without a radio is
    told the time, so that hours pass in minutes."""
    if name in _CLOCKS:
        return _CLOCKS[name]
    has_radio = Capability("radio") in target.capabilities
    steps = Capability("stepped-clock") in target.capabilities
    return ClockMode.STEPPED if steps and not has_radio else ClockMode.REAL
