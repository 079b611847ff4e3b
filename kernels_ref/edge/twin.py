"""The edge features frame by frame, in float64, each with the error that float32 may make in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kernels_ref.carriers import MAX_PAIRS, LayoutRefused
from kernels_ref.edge.bounded import ZERO, Bounded, exact, f32, stacked, zeros
from kernels_ref.edge.config import CsiFrame, EdgeConfig, Quality, Tier
from kernels_ref.edge.decisions import DeviceFeatures
from kernels_ref.edge.front import Bin, Front, Verdict
from kernels_ref.edge.movement import Movement
from kernels_ref.edge.rhythm import Rhythm
from kernels_ref.edge.room import Room
from kernels_ref.edge.spectrum import Spectrum

MIN_COHERENCE = f32(0.2)
PRESENT = 0.5
MAX_PERSONS = 4

FLOATS = (
    "motion",
    "presence",
    "respiration_bpm",
    "respiration_conf",
    "heartbeat_bpm",
    "heartbeat_conf",
    "anomaly",
    "env_shift",
    "coherence",
    "motion_energy",
    "presence_score",
    "presence_threshold",
)
"""The scalar features, in the order of the device's struct."""

COUNTERS = (
    "spectra",
    "frames",
    "late",
    "duplicates",
    "faint",
    "other_basis",
    "refused",
    "plain",
    "relinks",
    "gaps",
    "falls",
)
"""What is counted since the twin was made."""

_NOT_USED = {
    Verdict.LATE: "late",
    Verdict.DUPLICATE: "duplicates",
    Verdict.FAINT: "faint",
    Verdict.OTHER_BASIS: "other_basis",
}


class FrameRefused(ValueError):
    """The frame has no pair, more than 1,024, or another number of them than its layout says."""


@dataclass(frozen=True)
class Features:
    """What one frame leaves.

    floats: a Bounded for each name in FLOATS; vector [8]; spectrum [16]; counts: a number for each
    name in COUNTERS.
    """

    floats: dict[str, Bounded]
    active: bool
    fall: bool
    n_persons: int
    quality_flags: Quality
    vector: Bounded
    spectrum: Bounded
    counts: Counter[str]

    def __getitem__(self, name: str) -> float:
        return float(self.floats[name].value)

    @property
    def falls(self) -> int:
        """Falls since the twin was made."""
        return self.counts["falls"]


class EdgeTwin:
    """Computes the features of a stream of frames.

    If it is given a device's features of the same frame, it follows the device where rounding may
    have turned a decision, and raises DecisionDiffers where rounding cannot be the reason.
    """

    def __init__(self, config: EdgeConfig | None = None) -> None:
        self.config = config or EdgeConfig()
        all_of_it = self.config.tier is Tier.ALL
        self.front = Front()
        self.movement = Movement()
        self.room = Room(self.config.calibration_ms)
        self.rhythm = Rhythm()
        self.spectrum = Spectrum(self.config.spectrum_every if all_of_it else 0)
        self._counts: Counter[str] = Counter()
        self._limits = _limits(self.config.tier)
        raw = self.config.tier is Tier.RAW
        self._flags = self._limits if raw else self._limits | Quality.CALIBRATING
        self._values = _nothing(self.room)
        self._rssi: int | None = None

    def recalibrate(self) -> None:
        """Learn the empty room again."""
        self.room.calibrate()
        self._flags = self._limits
        if self.config.tier is not Tier.RAW:
            self._flags |= Quality.CALIBRATING

    def silent(self) -> None:
        """Report that no frame has come for three seconds: nothing is known any more."""
        self._counts["gaps"] += self.front.begun
        self._restart()
        self.room.silence()
        self._flags = self._limits | Quality.DEGRADED_MODE | (self._flags & Quality.CALIBRATING)
        self._values = _nothing(self.room)
        self._rssi = None

    def push(self, frame: CsiFrame, device: DeviceFeatures | None = None) -> Features:
        """Take one frame; `device`: the device's features after it.

        Raises FrameRefused, and DecisionDiffers where the device cannot be right.
        """
        if not 1 <= len(frame.iq) <= MAX_PAIRS:
            self._counts["refused"] += 1
            raise FrameRefused(f"{len(frame.iq)} pairs: 1 to {MAX_PAIRS}")
        try:
            look = self.front.look(frame)
        except LayoutRefused as refusal:
            self._counts["refused"] += 1
            raise FrameRefused(str(refusal)) from refusal
        self._counts["frames"] += 1
        self._counts["plain"] += look.carriers.plain
        if look.verdict is not Verdict.USED:
            self._counts[_NOT_USED[look.verdict]] += 1
            return self.features()
        if look.relink:
            self._counts["relinks"] += self.front.link is not None
            self._restart()
            self.room.relink()
            self.front.open(frame, look)
        elif look.gap:
            self.silent()
        self.room.fall = False
        complete = list(self.front.bins_before(frame.ts_us))
        for i, each in enumerate(complete):
            # The device's features are those after the last bin.
            self._take(each, device if i == len(complete) - 1 else None)
        self.front.take(frame, look, with_ratios=self.spectrum.every > 0)
        self._report(frame.rssi, device)
        return self.features()

    def _restart(self) -> None:
        self.front.restart()
        self.movement.restart()
        self.room.interrupt()
        self.rhythm.restart()
        self.spectrum.restart()

    def _take(self, complete: Bin, device: DeviceFeatures | None) -> None:
        if self.config.tier is Tier.RAW:
            return
        self.movement.take(complete)
        self.room.take(self.movement, self.rhythm.breath_valid, device)
        if self.config.tier is Tier.ALL:
            self.rhythm.take(complete, self.room.active, device)
            self.spectrum.take(complete)

    def _report(self, rssi: int, device: DeviceFeatures | None) -> None:
        room, breath, heart = self.room, self.rhythm.breath, self.rhythm.heart
        coherence = self.front.coherence
        self._values = {
            "motion": room.motion,
            "presence": room.presence,
            "respiration_bpm": breath.bpm,
            "respiration_conf": breath.conf,
            "heartbeat_bpm": heart.bpm,
            "heartbeat_conf": heart.conf,
            "anomaly": room.anomaly,
            "env_shift": room.env_shift,
            "coherence": coherence or ZERO,
            "motion_energy": room.energy,
            "presence_score": room.score,
            "presence_threshold": room.threshold,
        }
        self._flags = self._limits
        if self.config.tier is not Tier.RAW:
            self._flags |= room.flags(device.quality_flags if device else None)
        if self.rhythm.breath_valid:
            self._flags |= Quality.RESPIRATION_VALID
        if self.rhythm.heart_valid:
            self._flags |= Quality.HEARTBEAT_VALID
        if coherence is not None and coherence.value < MIN_COHERENCE:
            self._flags |= Quality.DEGRADED_MODE
        self._n_persons = self._persons(device)
        self._rssi = rssi

    def _persons(self, device: DeviceFeatures | None) -> int:
        """The number of persons; where presence is a tie, by the device's presence."""
        presence = self.room.presence
        there = bool(presence.value >= PRESENT)
        if device is not None and abs(presence.value - PRESENT) <= presence.bound:
            there = device.presence >= PRESENT
        if not there:
            return 0
        found = self.rhythm.breath.persons if self.rhythm.breath_valid else 1
        return min(max(found, 1), MAX_PERSONS)

    def features(self) -> Features:
        """The features after the last frame that was used."""
        is_known = self._rssi is not None
        persons = self._n_persons if is_known else 0
        fall = self.room.fall and is_known
        vector = zeros(8)
        if self._rssi is not None:
            vector = _vector(self._values, persons, fall, self._rssi)
        self._counts["falls"] = self.room.falls
        self._counts["spectra"] = self.spectrum.count
        return Features(
            floats={name: self._values[name] for name in FLOATS},
            active=self.room.active and is_known,
            fall=fall,
            n_persons=persons,
            quality_flags=self._flags,
            vector=vector,
            spectrum=self.spectrum.values,
            counts=self._counts.copy(),
        )


def _limits(tier: Tier) -> Quality:
    if tier is Tier.RAW:
        return Quality(0)
    heart = Quality.HEART_UNPROVEN if tier is Tier.ALL else Quality(0)
    return Quality.MOVEMENT_AND_BREATH_ONLY | heart


def _nothing(room: Room) -> dict[str, Bounded]:
    return {**dict.fromkeys(FLOATS, ZERO), "presence_threshold": room.threshold}


def _vector(floats: dict[str, Bounded], persons: int, fall: bool, rssi: int) -> Bounded:
    parts = [
        floats["presence"],
        floats["motion"],
        (floats["respiration_bpm"] / 30.0).clipped(0.0, 1.0),
        (floats["heartbeat_bpm"] / 120.0).clipped(0.0, 1.0),
        floats["coherence"],
        exact(persons / MAX_PERSONS),
        exact(float(fall)),
        (exact(rssi + 100.0) / 100.0).clipped(0.0, 1.0),
    ]
    return stacked(parts)
