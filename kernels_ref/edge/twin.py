"""The edge features frame by frame, in float64: what a device's must be, and how nearly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from kernels_ref.edge.band import HEARTBEAT, RESPIRATION, Band, Estimate
from kernels_ref.edge.bounded import Bounded, exact, f32, towards
from kernels_ref.edge.channel import Channel, Step, identity
from kernels_ref.edge.config import GAP_PERIODS, NO_PAIR, TOP, EdgeConfig, Quality, Tier
from kernels_ref.edge.frames import MAX_PAIRS, CsiFrame
from kernels_ref.edge.room import ZERO, Measured, Room, Seen
from kernels_ref.edge.slots import Slots

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
    "acceleration",
)
"""The scalar features, in the order of the device's struct."""


class FrameRefused(ValueError):
    """The frame has no pair, or more than 1,024."""


class DeviceFeatures(Protocol):
    """The part of a device's features that the twin follows at a tie."""

    @property
    def active(self) -> int: ...
    @property
    def fall(self) -> int: ...
    @property
    def acceleration(self) -> float: ...
    @property
    def presence(self) -> float: ...
    @property
    def respiration_bpm(self) -> float: ...
    @property
    def heartbeat_bpm(self) -> float: ...
    @property
    def n_persons(self) -> int: ...
    @property
    def quality_flags(self) -> int: ...
    @property
    def top(self) -> tuple[int, ...]: ...


@dataclass(frozen=True)
class Features:
    """floats: one Bounded per name of FLOATS. Variances and vector are [8]."""

    floats: dict[str, Bounded]
    active: bool
    fall: bool
    n_persons: int
    quality_flags: Quality
    top: tuple[int, ...]
    top_variance: Bounded
    vector: Bounded
    frames: int
    refused: int
    relinks: int
    gaps: int
    falls: int

    def __getitem__(self, name: str) -> float:
        return float(self.floats[name].value)


class EdgeTwin:
    """Takes frames, gives features.

    With the features of a device for the same frame it follows the device where a decision is a
    tie within rounding, and raises DecisionDiffers where it is none.
    """

    def __init__(self, config: EdgeConfig | None = None) -> None:
        given = config or EdgeConfig()
        self.config = replace(
            given, rate_hz=f32(given.rate_hz), fall_threshold=f32(given.fall_threshold)
        )
        self.room = Room(self.config)
        self.slots = Slots(self.config.stride)
        self.respiration = Band(RESPIRATION, self.config.rate_hz)
        self.heartbeat = Band(HEARTBEAT, self.config.rate_hz)
        self.channel: Channel | None = None
        self._coherence: Bounded | None = None
        self._coherence_share = f32(1.0 / self.config.rate_hz)
        self._since_selection = 0
        self._ts_us = 0
        self.frames = self.refused = self.relinks = self.gaps = 0
        raw = self.config.tier is Tier.RAW
        self._flags = Quality(0) if raw else Quality.CALIBRATING
        self._vitals = dict.fromkeys(FLOATS[2:6], ZERO)
        self._n_persons = 0

    def recalibrate(self) -> None:
        """Learn the empty room again."""
        self.room.calibrate()
        self._flags = Quality.CALIBRATING if self.config.tier is not Tier.RAW else Quality(0)

    def push(self, frame: CsiFrame, seen: DeviceFeatures | None = None) -> Features:
        """One frame. Raises FrameRefused, and DecisionDiffers where `seen` cannot be right."""
        if not 1 <= len(frame.iq) <= MAX_PAIRS:
            self.refused += 1
            raise FrameRefused(f"{len(frame.iq)} pairs: 1 to {MAX_PAIRS}")
        periods = self._periods(frame.ts_us)
        self._ts_us = frame.ts_us
        self.frames += 1
        self.room.ambient.frames += 1
        if self.channel is None or self.channel.identity != identity(frame):
            self._open(frame, seen)
        elif periods > GAP_PERIODS:
            self.gaps += 1
            self.channel.resume(frame)
            self._interrupt()
        else:
            self._step(self.channel, frame, periods, seen)
        if self._coherence is not None and self._coherence.value < MIN_COHERENCE:
            self._flags |= Quality.DEGRADED_MODE
        return self._report(frame)

    def _periods(self, ts_us: int) -> int:
        if ts_us < self._ts_us:
            return GAP_PERIODS + 1
        period = self.config.period_us
        return min((ts_us - self._ts_us + period // 2) // period, GAP_PERIODS + 1)

    def _open(self, frame: CsiFrame, seen: DeviceFeatures | None) -> None:
        self.relinks += self.channel is not None
        self.channel = Channel(self.config, frame)
        self.slots = Slots(self.config.stride)
        self.slots.select(self.channel, seen.top if seen else None)
        self._since_selection = 0
        power = int((frame.iq.astype(np.int64) ** 2).sum())
        self.room.open(exact(float(power)) / float(self.channel.n_pairs))
        self._interrupt()

    def _interrupt(self) -> None:
        self.slots.restart()
        self.room.interrupt()
        self.room.fall = False
        self.respiration.restart()
        self.heartbeat.restart()
        self._vitals = dict.fromkeys(self._vitals, ZERO)
        self._flags &= ~(Quality.RESPIRATION_VALID | Quality.HEARTBEAT_VALID)

    def _step(
        self, channel: Channel, frame: CsiFrame, periods: int, seen: DeviceFeatures | None
    ) -> None:
        step = channel.compare(frame)
        if self._coherence is None:
            self._coherence = step.coherence
        else:
            self._coherence = towards(self._coherence, step.coherence, self._coherence_share)
        if self.config.tier is Tier.RAW:
            channel.resume(frame)
            self._flags = Quality(0)
            return
        measured = self._measure(channel, frame, step, periods)
        moving = self.room.active
        channel.learn(frame, moving)
        told = Seen(bool(seen.active), bool(seen.fall), seen.acceleration) if seen else None
        self.room.update(channel, frame.ts_us, measured, told)
        self._flags = self.room.flags(channel)
        if self.config.tier is Tier.ALL:
            self._follow_vitals(channel, periods)
            self._report_vitals(seen)
        else:
            self._n_persons = int(self._present(seen))
        self._once_a_second(channel, seen)

    def _measure(self, channel: Channel, frame: CsiFrame, step: Step, periods: int) -> Measured:
        if self.room.judge_clock(step.common_cos):
            channel.forget_phases()
            self.slots.restart()
        rate = exact(self.config.rate_hz) / float(max(periods, 1))
        energy = channel.advance(frame, step, self.room.phase_common) * rate.squared()
        surprise = self.slots.pick(channel.surprise(self.room.active))
        return Measured(
            energy=energy,
            score=surprise.squared().mean(),
            acceleration=self.slots.acceleration(channel.delta, regular=periods == 1),
            power=exact(float(step.power)) / float(channel.n_pairs),
        )

    def _follow_vitals(self, channel: Channel, periods: int) -> None:
        if self.room.active:
            self.respiration.restart()
            self.heartbeat.restart()
            return
        x = self.slots.spread(channel.deviation)
        self.respiration.feed(x, periods)
        self.heartbeat.feed(x, periods)

    def _present(self, seen: DeviceFeatures | None) -> bool:
        """At a tie as the device has it; otherwise its presence is found wrong by comparison."""
        presence = self.room.presence
        if seen is not None and abs(presence.value - PRESENT) <= presence.bound:
            return seen.presence >= PRESENT
        return bool(presence.value >= PRESENT)

    def _report_vitals(self, seen: DeviceFeatures | None) -> None:
        present = self._present(seen)
        told = self.room.calibrating or present
        breath = self.respiration.estimate(seen.respiration_bpm if seen else 0.0)
        heart = self.heartbeat.estimate(seen.heartbeat_bpm if seen else 0.0)
        for name, found in (("respiration", breath), ("heartbeat", heart)):
            self._vitals[f"{name}_bpm"] = found.bpm if told else ZERO
            self._vitals[f"{name}_conf"] = found.conf if told else ZERO
        if present and not self.room.active:
            if self._valid(self.respiration, breath, Quality.RESPIRATION_VALID, seen):
                self._flags |= Quality.RESPIRATION_VALID
            if self._valid(self.heartbeat, heart, Quality.HEARTBEAT_VALID, seen):
                self._flags |= Quality.HEARTBEAT_VALID
        least = most = 1
        if self._flags & Quality.RESPIRATION_VALID:
            least, most = breath.least_peaks, breath.most_peaks
        self._n_persons = min(most, MAX_PERSONS) if present else 0
        if present and seen is not None and min(least, MAX_PERSONS) <= seen.n_persons <= most:
            self._n_persons = seen.n_persons

    def _valid(
        self, band: Band, found: Estimate, flag: Quality, seen: DeviceFeatures | None
    ) -> bool:
        if band.samples < band.min_samples:
            return False
        least = f32(band.design.least_conf)
        if seen is not None and abs(found.conf.value - least) <= found.conf.bound:
            return bool(seen.quality_flags & flag)
        return bool(found.conf.value >= least)

    def _once_a_second(self, channel: Channel, seen: DeviceFeatures | None) -> None:
        self._since_selection += 1
        if self._since_selection < self.config.second:
            return
        self._since_selection = 0
        if not self.room.active:
            for slot in self.slots.select(channel, seen.top if seen else None):
                self.respiration.forget_slot(slot)
                self.heartbeat.forget_slot(slot)
        self.room.environment(channel)

    def _report(self, frame: CsiFrame) -> Features:
        room, zero = self.room, ZERO
        floats = {
            "motion": room.motion,
            "presence": room.presence,
            **self._vitals,
            "anomaly": room.anomaly,
            "env_shift": room.env_shift,
            "coherence": self._coherence or zero,
            "motion_energy": room.energy,
            "presence_score": room.presence_score,
            "presence_threshold": room.threshold,
            "acceleration": room.acceleration,
        }
        variance = Bounded(np.zeros(TOP), np.zeros(TOP))
        if self.channel is not None and self.frames:
            variance = self.slots.spread(self.channel.variance)
        return Features(
            floats={name: floats[name] for name in FLOATS},
            active=room.active,
            fall=room.fall,
            n_persons=self._n_persons,
            quality_flags=self._flags,
            top=tuple(self.slots.pairs),
            top_variance=variance,
            vector=_vector(floats, self._n_persons, room.fall, frame.rssi),
            frames=self.frames,
            refused=self.refused,
            relinks=self.relinks,
            gaps=self.gaps,
            falls=room.falls,
        )


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
    return Bounded(np.array([p.value for p in parts]), np.array([p.bound for p in parts]))


__all__ = ["FLOATS", "NO_PAIR", "DeviceFeatures", "EdgeTwin", "Features", "FrameRefused"]
