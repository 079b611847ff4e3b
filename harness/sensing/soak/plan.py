"""What a soak does: how long, by which clock, which scenarios."""

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
"""What happens in a room from morning to night, for a model of persons: only what rooms show."""


class DurationInvalid(BenchError):
    """The text is not a duration, or the duration is too short."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f"--soak-duration {text}: {why}.", "Write 8h, 30m, or 1h30m.")
        self.text = text


@dataclass(frozen=True)
class SoakPlan:
    """minutes: of the node's time. seed: of the scenarios' random numbers."""

    minutes: int
    clock: ClockMode
    scenarios: tuple[Scenario, ...] = tuple(Scenario)
    seed: int = 1

    def scenario(self, minute: int) -> Scenario:
        """The scenario of a minute, counted from 0: each plays for one minute, in turn."""
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
    """Minutes for a person: 480 is "8 h 00 min"."""
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


def choose_clock(name: str, target: Target) -> ClockMode:
    """The clock of this name. `auto`: a board runs in real time, like its radio and its flash; a
    target without a radio has a stepped clock, so that hours pass in minutes."""
    if name in _CLOCKS:
        return _CLOCKS[name]
    has_radio = Capability("radio") in target.capabilities
    steps = Capability("stepped-clock") in target.capabilities
    return ClockMode.STEPPED if steps and not has_radio else ClockMode.REAL
