"""What a recording holds for a replay: one node's frames, boot by boot, with their times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.errors import BenchError
from harness.sensing.reception.facts import time_us
from harness.sensing.reception.item import Item
from harness.sensing.replay.clock import Clock, NoClock, Timed, check_rate, times_of
from harness.sensing.replay.events import Sender, Stream, streams_of
from harness.sensing.replay.order import Part, boots_of
from kernels_ref.packets import FeatureState, FeatureVector, RawCsiFrame

_MAX_PAUSE_US = 3_600_000_000
"""After an hour without frames a node remembers nothing; the replay starts a new boot there."""

_RECORD_RAW = "Record with raw frames (0xC5110001) on."


class NothingToReplay(BenchError):
    """The recording has no raw frames, or their times are not known."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"There is nothing to replay: {what}.", remedy)


@dataclass(frozen=True)
class TimedFrame:
    """ts_us: by the clock of the node that took it; where that is not known, the first frame has
    the time of one period."""

    ts_us: int
    packet: RawCsiFrame


@dataclass
class Boot:
    """A node from one start to the next, as far as the recording has it.

    rate_hz: how many frames of this boot came a second. sent: the features that the node sent then,
    in order. lost: how many numbers are missing. clock: where the times come from. heard_at: when
    the first frame was heard, in seconds since 1970; None where nobody noted it.
    """

    node: int
    rate_hz: float
    frames: list[TimedFrame]
    sent: list[FeatureState | FeatureVector]
    lost: int
    clock: Clock = Clock.RATE
    heard_at: float | None = None

    @property
    def seconds(self) -> float:
        """From its first frame to its last."""
        return (self.frames[-1].ts_us - self.frames[0].ts_us) / 1e6


@dataclass
class Recorded:
    """One node's part of a recording.

    heard: how many raw frames it has. Each is in a boot, or counted in left_out by the reason.
    notes: sentences on what else a person should know.
    """

    sender: Sender
    boots: list[Boot]
    heard: int
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def read_recording(
    items: Iterable[Item],
    node: int | None = None,
    rate_hz: float | None = None,
    sender: str | None = None,
) -> Recorded:
    """The raw frames of one node: of `node` at the address `sender`, or of the only one.

    rate_hz: frames a second, for a recording without times. Raises: NothingToReplay.
    """
    if rate_hz is not None:
        _demand_rate(rate_hz)
    streams = streams_of(items)
    who, stream = _chosen(streams, node, sender)
    parts, left_out = boots_of(stream.events)
    found = Recorded(who, [], stream.raw, Counter(left_out))
    why: list[NoClock] = []
    for part in parts:
        try:
            timed = times_of(part, rate_hz)
        except NoClock as reason:
            why.append(reason)
            found.left_out[f"their times are not known: {reason.what}"] += len(part.frames)
            continue
        found.boots += _boots(who.node, part, timed)
        found.notes += [note for note in timed.notes if note not in found.notes]
    if not found.boots:
        raise NothingToReplay(why[0].what, why[0].remedy)
    others = [f"{other} ({s.raw} frames)" for other, s in streams.items() if other != who and s.raw]
    if others:
        found.notes.append(f"not replayed: {', '.join(others)}; --node and --sender choose")
    return found


def _demand_rate(rate_hz: float) -> None:
    try:
        check_rate(rate_hz)
    except NoClock as reason:
        raise NothingToReplay(reason.what, reason.remedy) from None


def _chosen(
    streams: dict[Sender, Stream], node: int | None, sender: str | None
) -> tuple[Sender, Stream]:
    """The one sender that the user means and that has raw frames."""
    with_frames = {who: s for who, s in streams.items() if s.raw}
    chosen = {
        who: s
        for who, s in with_frames.items()
        if node in (None, who.node) and sender in (None, who.address)
    }
    if not chosen:
        asked = [f"of node {node}"] if node is not None else []
        asked += [f"from {sender}"] if sender is not None else []
        has = f"; it has frames of {_listed(with_frames)}" if with_frames else ""
        raise NothingToReplay(" ".join(["it has no raw frame", *asked]) + has, _RECORD_RAW)
    if len(chosen) > 1:
        by_id = len({who.node for who in chosen}) == len(chosen)
        say = "--node" if by_id else "--sender" if node is not None else "--node and --sender"
        if len({who.node for who in chosen}) == 1:
            say = "--sender"
        raise NothingToReplay(f"it has frames of {_listed(chosen)}", f"Say which: {say}.")
    ((who, stream),) = chosen.items()
    return who, stream


def _listed(streams: dict[Sender, Stream]) -> str:
    """The nodes, with addresses where several have the same id."""
    ids = Counter(who.node for who in streams)
    if max(ids.values()) == 1:
        nodes = ", ".join(str(who.node) for who in sorted(streams, key=lambda who: who.node))
        return f"node {nodes}" if len(ids) == 1 else f"nodes {nodes}"
    return ", ".join(f"{who} ({s.raw})" for who, s in sorted(streams.items(), key=lambda x: x[0]))


def _boots(node: int, part: Part, timed: Timed) -> list[Boot]:
    """The part with its times, cut where no frame came for as long as _MAX_PAUSE_US."""
    frames = [
        TimedFrame(ts_us, frame.packet)
        for ts_us, frame in zip(timed.ts_us, part.frames, strict=True)
    ]
    numbers = [frame.number for frame in part.frames]
    pauses = [
        i for i in range(1, len(frames)) if frames[i].ts_us - frames[i - 1].ts_us > _MAX_PAUSE_US
    ]
    boots = []
    for begin, end in zip([0, *pauses], [*pauses, len(frames)], strict=True):
        some = frames[begin:end]
        sent = part.sent if not pauses else _between(part.sent, some)
        lost = numbers[end - 1] - numbers[begin] + 1 - len(some)
        rate_hz = _rate(some, timed.period_us)
        heard_at = part.frames[begin].time
        boots.append(Boot(node, rate_hz, some, sent, lost, timed.clock, heard_at))
    return boots


def _between(
    sent: list[FeatureState | FeatureVector], frames: list[TimedFrame]
) -> list[FeatureState | FeatureVector]:
    first, last = frames[0].ts_us, frames[-1].ts_us
    return [packet for packet in sent if first <= (time_us(packet) or 0) <= last + 1_000_000]


def _rate(frames: list[TimedFrame], period_us: float) -> float:
    spanned = frames[-1].ts_us - frames[0].ts_us
    return (len(frames) - 1) * 1e6 / spanned if spanned > 0 else 1e6 / period_us
