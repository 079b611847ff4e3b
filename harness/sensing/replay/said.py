"""What a node said of the room, over time."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from harness.sensing.reception.facts import time_us
from kernels_ref.packets import (
    EdgeVitals,
    FeatureState,
    Packet,
    Quality,
    TemporalClassification,
    VitalsFlags,
)

INTERVALS_S = (5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
_MAX_ROWS = 60  # of a table that a person reads

_NOTES = {
    Quality.CALIBRATING: "calibrating",
    Quality.ANOMALY_TRIGGERED: "anomaly",
    Quality.ENVIRONMENT_SHIFT: "the room has changed",
    Quality.RECALIBRATION_RECOMMENDED: "recalibration recommended",
}
NOBODY_KNOWS = "nobody knows"
DEGRADED = "degraded"
_SAYS = (FeatureState, EdgeVitals, TemporalClassification)


@dataclass
class Said:
    """One stretch of time, in seconds since the first frame.

    motion, presence: means of the scores 0..1. moves, present: what most of the vitals say; None
    without vitals that know it. breathing_bpm, heart_bpm: medians of the valid rates, None where
    most are not valid. breathing_conf: the mean confidence. falls: how many vitals report one.
    persons: the most frequent number. head: the class that the temporal head gave most often; None
    without a head.
    """

    begin_s: float
    end_s: float
    motion: float | None = None
    presence: float | None = None
    moves: bool | None = None
    present: bool | None = None
    breathing_bpm: float | None = None
    breathing_conf: float | None = None
    heart_bpm: float | None = None
    falls: int = 0
    persons: int | None = None
    head: int | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class _Heard:
    """The packets of one stretch."""

    states: list[FeatureState] = field(default_factory=list)
    vitals: list[EdgeVitals] = field(default_factory=list)
    classes: list[int] = field(default_factory=list)


def interval_for(seconds: float) -> float:
    """Seconds for a row of the table, so that a person can read the whole table."""
    fitting = (s for s in INTERVALS_S if seconds / s <= _MAX_ROWS + 1)
    return float(next(fitting, INTERVALS_S[-1]))


def said_over_time(
    packets: Sequence[Packet], begin_us: int, seconds: float, every_s: float
) -> list[Said]:
    """What the packets of one node say, in stretches of `every_s` from begin_us on. What comes
    after the `seconds` of the recording belongs to the last stretch."""
    last = max(0, math.ceil(seconds / every_s) - 1)
    stretches: dict[int, _Heard] = {}
    for packet in packets:
        at_us = time_us(packet)
        if at_us is None or not isinstance(packet, _SAYS):
            continue
        # what is sent at the end of a stretch is about that stretch
        index = min(max(0, -(-(at_us - begin_us) // round(every_s * 1e6)) - 1), last)
        heard = stretches.setdefault(index, _Heard())
        if isinstance(packet, FeatureState):
            heard.states.append(packet)
        elif isinstance(packet, EdgeVitals):
            heard.vitals.append(packet)
        else:
            heard.classes.append(packet.argmax)
    return [_said(index * every_s, every_s, heard) for index, heard in sorted(stretches.items())]


def _said(begin_s: float, every_s: float, heard: _Heard) -> Said:
    states, vitals = heard.states, heard.vitals
    said = Said(begin_s, begin_s + every_s)
    if states:
        said.motion = statistics.fmean(state.motion_score for state in states)
        said.presence = statistics.fmean(state.presence_score for state in states)
        said.breathing_conf = statistics.fmean(state.respiration_conf for state in states)
        breathing = [(s.respiration_bpm, bool(s.quality_flags & _BREATH)) for s in states]
        said.breathing_bpm = _median_of_valid(breathing)
        heart = [(s.heartbeat_bpm, bool(s.quality_flags & _HEART)) for s in states]
        said.heart_bpm = _median_of_valid(heart)
    known = [v for v in vitals if not v.flags & VitalsFlags.UNKNOWN]
    if known:
        said.moves = _mostly(bool(v.flags & VitalsFlags.MOTION) for v in known)
        said.present = _mostly(bool(v.flags & VitalsFlags.PRESENCE) for v in known)
        said.persons = Counter(v.n_persons for v in known).most_common(1)[0][0]
        said.falls = sum(bool(v.flags & VitalsFlags.FALL) for v in known)
    if heard.classes:
        said.head = Counter(heard.classes).most_common(1)[0][0]
    said.notes = _notes(states, vitals)
    return said


_BREATH, _HEART = Quality.RESPIRATION_VALID, Quality.HEARTBEAT_VALID


def _notes(states: Sequence[FeatureState], vitals: Sequence[EdgeVitals]) -> list[str]:
    notes = [
        text
        for flag, text in _NOTES.items()
        if states and _mostly(bool(state.quality_flags & flag) for state in states)
    ]
    if any(v.flags & VitalsFlags.UNKNOWN for v in vitals):
        notes.insert(0, NOBODY_KNOWS)
    elif states and _mostly(bool(s.quality_flags & Quality.DEGRADED_MODE) for s in states):
        notes.append(DEGRADED)
    return notes


def _median_of_valid(told: Sequence[tuple[float, bool]]) -> float | None:
    valid = [value for value, is_valid in told if is_valid]
    return statistics.median(valid) if 2 * len(valid) > len(told) else None


def _mostly(values: Iterable[bool]) -> bool:
    listed = list(values)
    return 2 * sum(listed) > len(listed)
