"""Synthetic channel state, bit for bit what the node's `mock_csi` makes, and what is true of it.

A room is drawn from a seed: its paths, the persons in it, and the radio that hears it. Scenarios
that begin with the same seed are in the same room, one after the other. All of it is integer
arithmetic; docs/sensing.md describes it.
"""

from __future__ import annotations

import dataclasses
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from kernels_ref.carriers import FIRST_WORD_INVALID
from kernels_ref.edge import mock_clean
from kernels_ref.edge.mock_fixed import draw, normal
from kernels_ref.edge.mock_paths import fan_rate, field
from kernels_ref.edge.mock_persons import Person, person
from kernels_ref.edge.mock_radio import PAIRS, radio, received, slots
from kernels_ref.edge.mock_scenario import PERIOD_US, RATE_HZ, Ints, Scenario, persons

__all__ = [
    "ACCESS_POINT",
    "CHANNEL",
    "NOISE_FLOOR",
    "PAIRS",
    "PERIOD_US",
    "RATE_HZ",
    "STRANGER",
    "SWEEP",
    "Arrivals",
    "Fate",
    "Person",
    "Scenario",
    "Truth",
    "arrivals",
    "capture",
    "heard",
    "layout",
    "truth",
]

CHANNEL = 6
SWEEP = (1, 6, 11)
SWEEP_DWELL_US = 500_000
ACCESS_POINT = bytes.fromhex("02c511000001")
STRANGER = bytes.fromhex("02c511000002")
NOISE_FLOOR = -92
BOUNDARY_RSSI = (-128, -127, -100, -91, -90, -50, -1, 0, 1, 127)
RING_FRAMES = 8
GATE_US = 10_000
HOLD_CYCLE, HOLD_FROM = 80, 60
OVERSIZE_EACH = 10
_NON_HT = 1  # the row of a long training field, 20 MHz without a secondary channel


@dataclasses.dataclass(frozen=True)
class Truth:
    """What was synthesised. `fan_hz`: how often the fan swings a second, None without one."""

    scenario: Scenario
    persons: tuple[Person, ...]
    fan_hz: float | None


class Fate(IntEnum):
    """What capture does with a frame."""

    TAKEN = 0
    GATED = 1
    DROPPED = 2


def truth(scenario: Scenario, seed: int) -> Truth:
    """What a scenario holds."""
    if scenario is Scenario.CLEAN:
        breaths, beats = mock_clean.breaths(seed) / 1000, mock_clean.beats(seed) / 1000
        there: tuple[Person, ...] = (
            Person(breaths, 0.0, beats, False, None, mock_clean.WAY_IN_FRAMES / RATE_HZ),
        )
    else:
        there = tuple(person(scenario, seed, number) for number in range(persons(scenario)))
    fan = fan_rate(seed) / 60_000 if scenario is Scenario.FAN else None
    return Truth(scenario, there, fan)


@dataclasses.dataclass(frozen=True)
class Arrivals:
    """Frames in the order in which they are handed to capture [n].

    `slot`, that of their timestamps `ts_us`, and `handed_over`, the one in which they come, count
    from the scenario's beginning; `iq` is int8 [n, pairs, 2], (imaginary, real); `rssi` in dBm.
    """

    slot: Ints
    handed_over: Ints
    ts_us: Ints
    iq: npt.NDArray[np.int8]
    channel: Ints
    rssi: Ints

    def __len__(self) -> int:
        return len(self.slot)

    def __getitem__(self, which: npt.NDArray[np.bool_] | Ints | slice) -> Arrivals:
        return Arrivals(
            self.slot[which],
            self.handed_over[which],
            self.ts_us[which],
            self.iq[which],
            self.channel[which],
            self.rssi[which],
        )


def arrivals(scenario: Scenario, seed: int, count: int, *, room_slot: int = 0) -> Arrivals:
    """What comes in the first `count` slots of a scenario, 20 of them a second.

    `room_slot`: how many slots the room had seen before.
    """
    slot = np.arange(count, dtype=np.int64)
    if scenario is Scenario.CLEAN:
        ts_us, order = slot * PERIOD_US + PERIOD_US // 2, slot
        late = np.zeros(count, np.bool_)
        iq = mock_clean.clean_frames(seed, CHANNEL, slot, slot + room_slot)
    else:
        sent = slots(seed, slot + room_slot)
        ts_us = slot * PERIOD_US + sent.delay_us
        iq = _pairs(scenario, seed, slot, room_slot, ts_us)
        order, late = _order(sent.lost, sent.late, sent.twice), sent.late
    rssi = _rssi(scenario, seed, slot, room_slot)
    return Arrivals(slot, slot + late, ts_us, iq, _channels(scenario, ts_us), rssi)[order]


def heard(scenario: Scenario, seed: int, count: int, *, room_slot: int = 0) -> Arrivals:
    """Those of `arrivals` that capture takes, which are those that the node sends and senses."""
    came = arrivals(scenario, seed, count, room_slot=room_slot)
    fates, _ = capture(scenario, came)
    return came[fates == Fate.TAKEN]


def capture(
    scenario: Scenario, came: Arrivals, opens_us: int = -GATE_US
) -> tuple[npt.NDArray[np.int64], int]:
    """What becomes of the arrivals [n] (`Fate`), and when the gate opens after them.

    `opens_us`: when it opens first, after the frames of the scenario before.
    """
    fates = np.full(len(came), Fate.TAKEN, np.int64)
    held = (scenario is Scenario.RING_OVERFLOW) & (came.handed_over % HOLD_CYCLE >= HOLD_FROM)
    depth = 0
    for i, ts_us in enumerate(came.ts_us.tolist()):
        if ts_us < opens_us:
            fates[i] = Fate.GATED
            continue
        opens_us = (opens_us if ts_us - opens_us < GATE_US else ts_us) + GATE_US
        depth = depth + 1 if held[i] else 0
        if depth > RING_FRAMES:
            fates[i] = Fate.DROPPED
    return fates, opens_us


def layout(scenario: Scenario, seed: int) -> int:
    """The layout word of a scenario's frames, see `kernels_ref.carriers`."""
    if scenario is Scenario.CLEAN:
        return 0
    return _NON_HT | (FIRST_WORD_INVALID if radio(seed).is_classic else 0)


def _order(
    lost: npt.NDArray[np.bool_], late: npt.NDArray[np.bool_], twice: npt.NDArray[np.bool_]
) -> Ints:
    """Slots in the order in which their frames come: a late one with the next slot's."""
    came: list[int] = []
    for slot in range(len(lost)):
        if not lost[slot] and not late[slot]:
            came += [slot] * (2 if twice[slot] else 1)
        if slot and late[slot - 1] and not lost[slot - 1]:
            came.append(slot - 1)
    return np.asarray(came, np.int64)


def _pairs(
    scenario: Scenario, seed: int, slot: Ints, room_slot: int, ts_us: Ints
) -> npt.NDArray[np.int8]:
    """Of every slot, each heard on its own channel."""
    out = np.empty((len(slot), PAIRS, 2), np.int8)
    channels = _channels(scenario, ts_us)
    for channel in np.unique(channels).tolist():
        at = channels == channel
        room_us = ts_us[at] + room_slot * PERIOD_US
        heard = field(scenario, seed, channel, ts_us[at], room_us)
        out[at] = received(scenario, seed, slot[at] + room_slot, ts_us[at], heard)
    return out


def _channels(scenario: Scenario, ts_us: Ints) -> Ints:
    if scenario is not Scenario.CHANNEL_SWEEP:
        return np.full(len(ts_us), CHANNEL, np.int64)
    return np.asarray(SWEEP, np.int64)[ts_us // SWEEP_DWELL_US % len(SWEEP)]


def _rssi(scenario: Scenario, seed: int, slot: Ints, room_slot: int) -> Ints:
    if scenario is Scenario.RSSI_BOUNDARY:
        return np.resize(np.asarray(BOUNDARY_RSSI, np.int64), len(slot))
    level = 45 + int(draw(seed, 0x300)) % 20
    flutter = normal(draw(seed, slot + room_slot + 0x80000000))
    sway: Ints = np.sign(flutter) * (np.abs(flutter) // 148)  # C rounds to zero
    return sway - level
