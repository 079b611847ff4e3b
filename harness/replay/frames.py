"""Which raw frames a recording holds, of whom, and when they were taken.

A raw frame carries no time, only its number. The feature states between the frames do: two of them,
and how many frames lie between, give the time from frame to frame, and with it each frame's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.errors import BenchError
from harness.reception import Checked, Item, NodeStarted, StreamChecker
from kernels_ref.packets import FeatureState, FeatureVector, Packet, RawCsiFrame

_SEQ = 1 << 32
LEAST_HZ, MOST_HZ = 5.0, 50.0  # frames a second that make a rate, and that capture lets through
_ROUNDING = 1.001
_MOST_LOST = 1 << 16  # frames between two; beyond, one of the numbers is none


class NothingToReplay(BenchError):
    """A recording without raw frames, or without anything that tells their time."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"There is nothing to replay: {what}.", remedy)


@dataclass(frozen=True)
class TimedFrame:
    """ts_us: by the clock of the node that took it."""

    ts_us: int
    packet: RawCsiFrame


@dataclass
class Recorded:
    """One node's part of a recording.

    rate_hz: of its frames. lost: frames whose numbers are missing. sent: the features that it sent
    at the time, in order.
    """

    node: int
    rate_hz: float
    frames: list[TimedFrame]
    sent: list[FeatureState | FeatureVector]
    lost: int


@dataclass
class _Stream:
    """What a recording has of one node. marks: (number of the last frame, time of a state)."""

    frames: dict[int, RawCsiFrame] = field(default_factory=dict)
    sent: list[FeatureState | FeatureVector] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)
    last_seq: int | None = None
    is_over: bool = False


def read_recording(
    items: Iterable[Item], node: int | None = None, rate_hz: float | None = None
) -> Recorded:
    """The raw frames of `node`; of the only one when it is not given. A node that restarted in the
    middle is read until then.

    Raises: NothingToReplay.
    """
    streams = _streams(items)
    chosen = {n: s for n, s in streams.items() if s.frames and node in (None, n)}
    if not chosen:
        what = "it has no raw frame" + (f" of node {node}" if node is not None else "")
        raise NothingToReplay(what, "Record with raw frames (0xC5110001) on.")
    if len(chosen) > 1:
        listed = ", ".join(map(str, sorted(chosen)))
        raise NothingToReplay(f"it has frames of nodes {listed}", "Say which: --node.")
    ((number, stream),) = chosen.items()
    return _timed(number, stream, rate_hz)


def _streams(items: Iterable[Item]) -> dict[int, _Stream]:
    streams: dict[int, _Stream] = {}
    checker = StreamChecker()
    for item in items:
        result = checker.take(item)
        if isinstance(item, NodeStarted):
            for stream in streams.values():
                stream.is_over = bool(stream.frames)
        if isinstance(result, Checked):
            _add(streams, result.packet)
    return streams


def _add(streams: dict[int, _Stream], packet: Packet) -> None:
    if not isinstance(packet, RawCsiFrame | FeatureState | FeatureVector):
        return
    stream = streams.setdefault(packet.node_id, _Stream())
    if isinstance(packet, RawCsiFrame):
        if stream.last_seq is not None and (packet.seq - stream.last_seq) % _SEQ > _MOST_LOST:
            stream.is_over = True  # it restarted and nobody said so
        if not stream.is_over:
            stream.frames[packet.seq] = packet
            stream.last_seq = packet.seq
    elif not stream.is_over and stream.last_seq is not None:
        stream.sent.append(packet)
        if isinstance(packet, FeatureState):
            stream.marks.append((stream.last_seq, packet.ts_us))


def _timed(number: int, stream: _Stream, rate_hz: float | None) -> Recorded:
    numbers = list(stream.frames)
    marks = stream.marks
    if rate_hz is None:
        if len(marks) < 2 or marks[-1][0] == marks[0][0]:
            what = "no two feature states with frames between them tell the frames' times"
            raise NothingToReplay(what, "Say how many frames a second there were: --rate.")
        (first_seq, first_us), (last_seq, last_us) = marks[0], marks[-1]
        period_us = (last_us - first_us) / ((last_seq - first_seq) % _SEQ)
    else:
        period_us = 1e6 / rate_hz if rate_hz > 0 else 0.0
        first_seq, first_us = marks[0] if marks else (numbers[0], round(period_us))
    if not period_us > 0:
        remedy = "Say how many frames a second there were: --rate."
        raise NothingToReplay("no time passes between its frames", remedy)
    rate = 1e6 / period_us
    if not LEAST_HZ / _ROUNDING <= rate <= MOST_HZ * _ROUNDING:
        what = f"it has {rate:.4g} frames a second, a node senses with {LEAST_HZ:g} to {MOST_HZ:g}"
        raise NothingToReplay(what, "Was the recording made by another firmware?")
    frames = [
        TimedFrame(first_us + round((seq - first_seq) * period_us), stream.frames[seq])
        for seq in numbers
    ]
    span = (numbers[-1] - numbers[0]) % _SEQ + 1
    return Recorded(number, rate, frames, stream.sent, span - len(numbers))
