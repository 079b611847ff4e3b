"""Recordings as a node makes them, for the tests of what reads them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence

from harness.sensing.reception.item import Datagram, Item
from harness.sensing.replay.frames import Boot, Recorded
from kernels_ref.packets import FeatureState, Packet, RawCsiFrame
from tests.schema.examples import EXAMPLES

FEATURES = next(p for p, _ in EXAMPLES if isinstance(p, FeatureState))
RAW = next(p for p, _ in EXAMPLES if isinstance(p, RawCsiFrame))
PERIOD_US, TICK_US = 50_000, 200_000
EPOCH_S = 1_700_000_000.0


def raw(seq: int, node: int = 1, content: int = 0) -> RawCsiFrame:
    """A raw frame; `content` makes its bytes others."""
    iq = bytes((content + i) % 256 for i in range(len(RAW.iq)))
    return dataclasses.replace(RAW, node_id=node, seq=seq % 2**32, iq=iq)


def state(seq: int, ts_us: int, node: int = 1) -> FeatureState:
    return dataclasses.replace(FEATURES, node_id=node, seq=seq % 2**16, ts_us=ts_us)


def sent_at(times_us: Sequence[float], first: int = 1, node: int = 1) -> list[Packet]:
    """As a node sends that took frames at these times: raw frames numbered from `first` on, and a
    feature state every 200 ms behind the frames of its moment."""
    moments: list[tuple[float, int, Packet]] = [
        (ts_us, 0, raw(first + i, node, i)) for i, ts_us in enumerate(times_us)
    ]
    ticks = range(1, math.ceil(times_us[-1] / TICK_US) + 1)
    moments += [(n * TICK_US, 1, state(n, n * TICK_US, node)) for n in ticks]
    return [packet for *_, packet in sorted(moments, key=lambda moment: moment[:2])]


def sent(frames: int, node: int = 1, period_us: int = PERIOD_US) -> list[Packet]:
    """The same at an even rate."""
    return sent_at(evenly(range(1, frames + 1), period_us), node=node)


def evenly(numbers: Iterable[int], period_us: int = PERIOD_US) -> list[int]:
    """When frames of these numbers are taken at an even rate from the node's start on."""
    return [number * period_us - period_us // 2 for number in numbers]


def raws(numbers: Iterable[int], node: int = 1) -> list[Packet]:
    """Raw frames alone, each with bytes of its own."""
    return [raw(n, node, n) for n in numbers]


def items(
    packets: Sequence[Packet],
    arrivals_s: Sequence[float] | None = None,
    sender: str | None = None,
) -> list[Item]:
    """What a capture of them holds; without arrivals nobody noted when they came."""
    times = [None] * len(packets) if arrivals_s is None else [EPOCH_S + s for s in arrivals_s]
    return [
        Datagram(packet.encode(), time, "x", sender=sender)
        for packet, time in zip(packets, times, strict=True)
    ]


def longest(recorded: Recorded) -> Boot:
    """The boot with the most frames."""
    return max(recorded.boots, key=lambda boot: len(boot.frames))


def times(recorded: Recorded) -> list[int]:
    """Of the frames of its longest boot."""
    return [frame.ts_us for frame in longest(recorded).frames]


def numbers(recorded: Recorded) -> list[list[int]]:
    """Of the frames of each boot."""
    return [[frame.packet.seq for frame in boot.frames] for boot in recorded.boots]
