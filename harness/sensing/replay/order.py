"""Raw frames in the order in which they were taken, boot by boot.

Their numbers show the order. They wrap at 32 bits, and UDP may swap datagrams, deliver one twice or
late, and lose any. A node that restarts counts from the start again, but its first datagrams may be
lost (its network may need a moment), so its first number may be any. What distinguishes a restart
from a late, repeated or damaged number is what follows: after a restart the node's clock and the
numbers go on from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from harness.sensing.replay.events import (
    Arrived,
    Event,
    Mark,
    Started,
    clock_kind,
    mark_of,
    steps_back,
)
from kernels_ref.packets import FeatureState, FeatureVector, RawCsiFrame

TWICE = "came twice"
NO_PLACE = "has a number that fits none before or after it"

_WORD = 1 << 32
_MAX_LOST = 1 << 16  # frames between two of a boot
_SURE_LOST = 64  # a gap of so many frames needs no proof by what follows
_LOOK_AHEAD = 8  # frames whose numbers show from where the numbers go on


@dataclass(frozen=True)
class Frame:
    """A raw frame. number: the packet's, but without wrapping. time: when it was heard, in seconds
    since 1970, or None. place: its place among the recording's events."""

    number: int
    packet: RawCsiFrame
    time: float | None
    place: int


@dataclass
class Part:
    """One boot. frames: in the order of their numbers. marks, sent: in the order of arrival."""

    frames: list[Frame]
    marks: list[Mark] = field(default_factory=list)
    sent: list[FeatureState | FeatureVector] = field(default_factory=list)


class _Step(Enum):
    """How a number compares with those before it."""

    ON = auto()
    LATE = auto()
    TWICE = auto()
    START = auto()
    NO_PLACE = auto()


def boots_of(events: Sequence[Event]) -> tuple[list[Part], Counter[str]]:
    """The boots of one sender that have frames, and how many frames are in none, by reason."""
    kind = clock_kind(events)
    parts: list[Part] = []
    left_out: Counter[str] = Counter()
    begin = 0
    for end in [*_cuts(events, kind), len(events)]:
        boots = _by_numbers(events, range(begin, end), left_out)
        starts = [boot[0].place for boot in boots]
        for frames, first, last in zip(
            boots, [begin, *starts[1:]], [*starts[1:], end], strict=False
        ):
            parts.append(_part(events, frames, range(first, last), kind))
        begin = end
    return _without_single(parts, left_out), left_out


def _part(events: Sequence[Event], frames: list[Frame], places: range, kind: type | None) -> Part:
    part = Part(sorted(frames, key=lambda frame: frame.number))
    latest = -1
    for place in places:
        event = events[place]
        if not isinstance(event, Arrived):
            continue
        if isinstance(event.packet, FeatureState | FeatureVector):
            part.sent.append(event.packet)
        mark = mark_of(event, place) if type(event.packet) is kind else None
        if mark is not None and mark.ts_us > latest:  # a late one shows nothing new
            part.marks.append(mark)
            latest = mark.ts_us
    return part


def _without_single(parts: list[Part], left_out: Counter[str]) -> list[Part]:
    """A boot of a single frame among others is a damaged number: raw frames have no checksum."""
    several = [part for part in parts if len(part.frames) > 1]
    if several and len(several) < len(parts):
        left_out[NO_PLACE] += len(parts) - len(several)
    return several or parts


def _cuts(events: Sequence[Event], kind: type | None) -> list[int]:
    """Where the node restarts, by its boot report or by its clock."""
    cuts = {place for place, event in enumerate(events) if isinstance(event, Started)}
    for before, after in steps_back(events, kind):
        if not any(before < cut <= after for cut in cuts):
            cuts.add(_number_breaks(events, before, after))
    return sorted(cuts)


def _number_breaks(events: Sequence[Event], before: int, after: int) -> int:
    """The place of a restart between two packets, the second of which has the earlier time: the raw
    frame whose number is furthest from the one before it; without frames, the second packet."""
    place, furthest, last = after, 1, _last_number(events, before)
    for i in range(before, after):
        if (packet := _raw(events[i])) is None:
            continue
        if last is not None and abs(_signed(packet.seq - last)) > furthest:
            place, furthest = i, abs(_signed(packet.seq - last))
        last = packet.seq
    return place


def _last_number(events: Sequence[Event], before: int) -> int | None:
    for i in range(before - 1, -1, -1):
        if (packet := _raw(events[i])) is not None:
            return packet.seq
    return None


def _by_numbers(
    events: Sequence[Event], places: range, left_out: Counter[str]
) -> list[list[Frame]]:
    """The frames at these places, cut where only their numbers show that the node restarted."""
    raw = [
        (place, event.time, packet)
        for place in places
        if isinstance(event := events[place], Arrived) and (packet := _raw(event)) is not None
    ]
    numbers = [packet.seq for _, _, packet in raw]
    boots: list[dict[int, Frame]] = []
    last = 0
    for i, (place, time, packet) in enumerate(raw):
        known = boots[-1] if boots else {}
        step = _judge(numbers, i, last, known, packet) if known else _Step.START
        if step is _Step.TWICE or step is _Step.NO_PLACE:
            left_out[TWICE if step is _Step.TWICE else NO_PLACE] += 1
            continue
        if step is _Step.START:
            boots.append({})
            last = packet.seq
        number = last + _signed(packet.seq - last)
        boots[-1][number] = Frame(number, packet, time, place)
        last = max(last, number)
    return [list(boot.values()) for boot in boots]


def _judge(
    numbers: Sequence[int], i: int, last: int, known: dict[int, Frame], packet: RawCsiFrame
) -> _Step:
    ahead = _signed(packet.seq - last)
    if 0 < ahead <= _SURE_LOST:
        return _Step.ON
    number = last + ahead
    if number in known and known[number].packet == packet:
        return _Step.TWICE
    if number not in known and next(iter(known)) < number < last:
        return _Step.LATE  # one that was missing
    if _going_on(numbers, i, packet.seq) > _going_on(numbers, i, last):
        return _Step.ON if 0 < ahead <= _MAX_LOST else _Step.START
    is_near = number not in known and -_SURE_LOST <= ahead < 0
    return _Step.LATE if is_near else _Step.NO_PLACE


def _going_on(numbers: Sequence[int], i: int, base: int) -> int:
    """How many of the frames after the i-th go on from the number `base`."""
    after = numbers[i + 1 : i + 1 + _LOOK_AHEAD]
    return sum(0 < _signed(number - base) <= _SURE_LOST for number in after)


def _raw(event: Event) -> RawCsiFrame | None:
    packet = event.packet if isinstance(event, Arrived) else None
    return packet if isinstance(packet, RawCsiFrame) else None


def _signed(difference: int) -> int:
    """The difference of two numbers of 32 bits, the shorter way round."""
    return (difference + _WORD // 2) % _WORD - _WORD // 2
