"""Rooms: what a node says of an empty one, of somebody still, of somebody who moves.

A fresh node hears a recording, or an empty stretch of a session, from its start. A session in which
somebody comes and goes is heard by one node from its first empty stretch on, which learns the room
then. Recordings of an empty room and of somebody who moves in it are heard one after the other,
each pair of one session: half a minute of the one, then the other.

Whether a room is steady is seen without the node. How much the amplitudes change from frame to
frame, relative to their mean, is a level that belongs to the room: to its radios and to what else
moves in it. Where the empty stretches of a session differ in it by more than a fifth, the room is
not steady.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.recordings.frames import Frames, Recording, joined
from harness.sensing.recordings.labels import EMPTY, MOVEMENT, QUIET
from harness.sensing.sense.listening import Job, NodeOutput, listen

CALIBRATION_US = 30_000_000
FLAGGED_US = 15_000_000  # movement has to be reported within this time
_NEW_LABEL_US = 2_000_000  # until movement depends on the new label only
_MERGE_US = 30_000_000  # alarms that are closer than this count as one
_MIN_US = 20_000_000  # shorter stretches do not count
_FRAME_US = 20_000  # put between two recordings

DIFFER_BY = 1.2
_MIN_FRAMES = 100


@dataclass(frozen=True)
class Stretch:
    """A time in which nothing moved. breathes: whether breathing was valid at some moment of it."""

    name: str
    data_set: str
    label: str
    us: int
    breathes: bool
    falls: int


@dataclass(frozen=True)
class Watched:
    """A time in which nothing moved, while a node that had learnt the room was watching. alarms_us:
    counted from the beginning of the watch."""

    name: str
    label: str
    steady: bool
    us: int
    alarms_us: list[int]


@dataclass(frozen=True)
class Mover:
    """Somebody who moves after the node has learnt the empty room. told_us: how long it took until
    movement was reported; None where it took more than FLAGGED_US."""

    name: str
    told_us: int | None


@dataclass(frozen=True)
class Energies:
    """`motion_energy` once a second, while one label holds."""

    name: str
    data_set: str
    session: str
    subject: str
    label: str
    values: list[float]


@dataclass
class Heard:
    """The results of one job."""

    stretches: list[Stretch] = field(default_factory=list)
    watched: list[Watched] = field(default_factory=list)
    movers: list[Mover] = field(default_factory=list)
    energies: list[Energies] = field(default_factory=list)


def jobs(recordings: Sequence[Recording]) -> list[Job]:
    """Jobs for single recordings, for sessions whose labels change, and for pairs of recordings of
    an empty room and of somebody who moves."""
    found = []
    for recording in recordings:
        if recording.spans:
            found.append(Job(hear_session, (recording,)))
        elif recording.label in QUIET | MOVEMENT:
            found.append(Job(hear_recording, (recording,)))
    return found + [Job(hear_pair, pair) for pair in _pairs(recordings)]


def _pairs(recordings: Sequence[Recording]) -> list[tuple[Recording, Recording]]:
    alone = [recording for recording in recordings if not recording.spans]
    return [
        (empty, mover)
        for empty in alone
        for mover in alone
        if empty.label == EMPTY
        and mover.label in MOVEMENT
        and (mover.data_set, mover.session) == (empty.data_set, empty.session)
    ]


def hear_recording(library: EdgeLibrary, recording: Recording) -> Heard:
    """In another process."""
    frames = recording.frames()
    told = listen(library, frames)
    heard = Heard(energies=[_energies(recording, recording.label, told.energies())])
    begin, end = int(frames.us[0]), int(frames.us[-1]) + 1
    if recording.label in QUIET and end - begin >= _MIN_US:
        heard.stretches = [_stretch(told, str(recording), recording, recording.label)]
        times = [(begin + CALIBRATION_US, end)]
        heard.watched = _watched(told, recording, recording.label, recording.steady, times)
    return heard


def hear_session(library: EdgeLibrary, recording: Recording) -> Heard:
    """In another process."""
    whole = recording.frames()
    empties = [span for span in recording.spans if span.label == EMPTY]
    if not empties:
        return Heard()
    first = empties[0].begin_us
    told = listen(library, whole.between(first, float("inf")))
    heard = Heard()
    for span in recording.spans:
        if span.begin_us < first or span.label not in QUIET | MOVEMENT:
            continue
        values = told.energies(span.begin_us + _NEW_LABEL_US, span.end_us)
        heard.energies.append(_energies(recording, span.label, values))
        if span.label in MOVEMENT and span.end_us - span.begin_us >= FLAGGED_US:
            name = f"{recording} from {span.begin_us / 1e6:.0f} s"
            heard.movers.append(Mover(name, told_within(told, span.begin_us)))
    times = [(max(first + CALIBRATION_US, span.begin_us), span.end_us) for span in empties]
    parts = [whole.between(span.begin_us, span.end_us) for span in empties]
    heard.watched = _watched(told, recording, EMPTY, recording.steady and is_steady(parts), times)
    for span, part in zip(empties, parts, strict=True):
        if span.end_us - span.begin_us >= _MIN_US and len(part):
            name = f"{recording} from {span.begin_us / 1e6:.0f} s"
            heard.stretches.append(_stretch(listen(library, part), name, recording, EMPTY))
    return heard


def hear_pair(library: EdgeLibrary, empty: Recording, mover: Recording) -> Heard:
    """In another process."""
    room, walk = empty.frames(), mover.frames()
    if walk.seconds * 1e6 < FLAGGED_US or room.seconds * 1e6 < CALIBRATION_US:
        return Heard()
    learnt = room.between(int(room.us[0]), int(room.us[0]) + CALIBRATION_US)
    begin = int(learnt.us[-1]) + _FRAME_US
    told = listen(library, joined([learnt, walk.shifted(begin - int(walk.us[0]))]))
    return Heard(movers=[Mover(f"{mover} after {empty.name}", told_within(told, begin))])


def told_within(told: NodeOutput, begin_us: int) -> int | None:
    """Microseconds from `begin_us` until movement is reported; None where it takes more than
    FLAGGED_US."""
    said = told.features["active"] & (told.us >= begin_us) & (told.us < begin_us + FLAGGED_US)
    first = np.flatnonzero(said)
    return int(told.us[first[0]]) - begin_us if first.size else None


def alarms_within(told: NodeOutput, begin_us: int, end_us: int) -> list[int]:
    """When movement was reported in [begin_us, end_us), where nothing moves; reports within half a
    minute count as one. A report that began before begin_us has FLAGGED_US to end."""
    inside = (told.us >= begin_us) & (told.us < end_us)
    us, active = told.us[inside], told.features["active"][inside]
    if not len(us):
        return []
    rises = us[1:][active[1:] & ~active[:-1]]
    patience = int(np.searchsorted(us, begin_us + FLAGGED_US))
    if patience < len(us) and active[: patience + 1].all():
        rises = np.concatenate([us[patience : patience + 1], rises])
    found: list[int] = []
    for at in rises.tolist():
        if not found or at - found[-1] >= _MERGE_US:
            found.append(int(at))
    return found


def _energies(recording: Recording, label: str, values: list[float]) -> Energies:
    return Energies(
        str(recording), recording.data_set, recording.session, recording.subject, label, values
    )


def _stretch(told: NodeOutput, name: str, recording: Recording, label: str) -> Stretch:
    breathes = bool(told.breathing_is_valid().any())
    length = int(told.us[-1] - told.us[0])
    falls = int(told.features["falls"][-1])
    return Stretch(name, recording.data_set, label, length, breathes, falls)


def _watched(
    told: NodeOutput,
    recording: Recording,
    label: str,
    steady: bool,
    times: Sequence[tuple[int, int]],
) -> list[Watched]:
    found, since = [], 0
    for begin, end in times:
        if end > begin:
            alarms = [since + at - begin for at in alarms_within(told, begin, end)]
            found.append(Watched(str(recording), label, steady, end - begin, alarms))
            since += end - begin
    return found


def is_steady(stretches: Sequence[Frames]) -> bool:
    """Whether a session's empty stretches are alike. A single one is."""
    levels = [change(part) for part in stretches if len(part) >= _MIN_FRAMES]
    return not levels or max(levels) <= DIFFER_BY * min(levels)


def change(frames: Frames) -> float:
    """Median over the frames of the mean |n_k(t) - n_k(t-1)|, n_k = |z_k| / mean |z|; of the
    carriers that are never zero, in the frames of the commonest length."""
    lengths, counts = np.unique(frames.length, return_counts=True)
    length = int(lengths[counts.argmax()])
    pairs = frames.iq[frames.length == length, :length].reshape(-1, length // 2, 2)
    amplitude = np.hypot(pairs[..., 0].astype(np.float64), pairs[..., 1])
    amplitude = amplitude[:, (amplitude > 0).all(axis=0)]
    if not amplitude.shape[1]:
        return 0.0
    relative = amplitude / amplitude.mean(axis=1, keepdims=True)
    return float(np.median(np.abs(np.diff(relative, axis=0)).mean(axis=1)))
