"""Synthetic channel state, the same bits as the node's `mock_csi` makes, and the truth about it.

A room is drawn from a seed: its paths, the persons in it, and the radio that hears it. Scenarios
that begin with the same seed are in the same room, one after the other. All arithmetic is on
integers; docs/sensing.md describes it.
"""

from __future__ import annotations

import dataclasses
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from kernels_ref.carriers import FIRST_WORD_INVALID
from kernels_ref.edge import mock_clean
from kernels_ref.edge.mock_fixed import Ints, draw, normal
from kernels_ref.edge.mock_paths import fan_rate, field
from kernels_ref.edge.mock_persons import Person, person
from kernels_ref.edge.mock_radio import PAIRS as PAIRS
from kernels_ref.edge.mock_radio import radio, received, slots
from kernels_ref.edge.mock_scenario import PERIOD_US, persons
from kernels_ref.edge.mock_scenario import RATE_HZ as RATE_HZ
from kernels_ref.edge.mock_scenario import Scenario as Scenario

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
    """What a scenario holds. `fan_hz`: how often a second the fan swings, None without a fan."""

    scenario: Scenario
    persons: tuple[Person, ...]
    fan_hz: float | None


class Fate(IntEnum):
    """What the capture does with a frame."""

    TAKEN = 0
    GATED = 1
    DROPPED = 2


def truth(scenario: Scenario, seed: int) -> Truth:
    """What a scenario with this seed holds."""
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
    """Frames in the order in which they are handed to the capture [n].

    `slot` is the slot of the timestamp `ts_us`, `handed_over` the slot in which the frame comes;
    both count from the beginning of the scenario. `iq` is int8 [n, pairs, 2], (imaginary, real);
    `rssi` is in dBm.
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
        return Arrivals(*(getattr(self, f.name)[which] for f in dataclasses.fields(self)))


def arrivals(scenario: Scenario, seed: int, count: int, *, room_slot: int = 0) -> Arrivals:
    """The frames that come in the first `count` slots of a scenario; there are 20 slots a second.

    `room_slot`: how many slots of other scenarios the room has had before.
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
    """The frames of `arrivals` that the capture takes: those that the node sends and senses."""
    came = arrivals(scenario, seed, count, room_slot=room_slot)
    fates, _ = capture(scenario, came)
    return came[fates == Fate.TAKEN]


def capture(
    scenario: Scenario, came: Arrivals, opens_us: int = -GATE_US
) -> tuple[npt.NDArray[np.int64], int]:
    """What the capture does with the arrivals [n] (`Fate`), and when the gate opens after them.

    `opens_us`: when the gate opens first, after the frames of the scenario before.
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
    """The slots in the order in which their frames come; a late frame comes in the next slot."""
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
    """The pairs of every slot, each received on its own channel."""
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
