"""What the frames say of the room: motion, presence, falls, anomaly; and what it is when empty."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from kernels_ref.edge.bounded import (
    UNIT,
    Bounded,
    exact,
    f32,
    larger,
    saturate,
    smaller,
    towards,
)
from kernels_ref.edge.channel import Channel
from kernels_ref.edge.config import EdgeConfig, PhaseMode, Quality
from kernels_ref.edge.decisions import decide

HALF_ENERGY = 25.0
ACTIVE_FROM, ACTIVE_TO = f32(0.2), f32(0.05)
SCORE_FLOOR = f32(5e-6)
SIGMAS = 3.0
FALL_STEPS = 3
FALL_PAUSE_US = 5_000_000
ANOMALY_TRIGGERED = f32(0.6)
ANOMALY_OFFSET = f32(2 / 3)
POWER_JUMP = 15.0
ENVIRONMENT_SHIFTED = f32(0.2)
RECOMMEND_AFTER_S = 30
ZERO = Bounded(0.0, 0.0)


@dataclass(frozen=True)
class Measured:
    """What one frame measured."""

    energy: Bounded  # mean squared phase rate, (rad/s)²
    score: Bounded  # mean squared deviation of the slots, rad²
    acceleration: Bounded | None  # mean squared change of their deltas, rad²
    power: Bounded  # mean I² + Q² of a pair


@dataclass(frozen=True)
class Seen:
    """What the device decided on this frame."""

    active: bool
    fall: bool
    acceleration: float


class Ambient:
    """The empty room, while it is being learnt and after."""

    def __init__(self) -> None:
        self.frames = 0
        self.scores: list[Bounded] = []
        self.energies: list[Bounded] = []
        self.accelerations: list[Bounded] = []
        self.judged, self.cosines = 0, 0.0
        self.mean = self.sigma = self.energy = self.acceleration = ZERO
        self.profile: tuple[object, np.ndarray] | None = None

    def take(self, measured: Measured) -> None:
        """One frame more."""
        self.scores.append(measured.score)
        self.energies.append(measured.energy)
        if measured.acceleration is not None:
            self.accelerations.append(measured.acceleration)

    def forget(self) -> None:
        """What was measured so far."""
        self.scores, self.energies, self.accelerations = [], [], []

    def learn(self, channel: Channel) -> None:
        """Mean and deviation over all frames, by their definition."""
        values = np.array([s.value for s in self.scores])
        bounds = np.array([s.bound for s in self.scores])
        self.mean = Bounded(float(values.mean()), float(bounds.mean())).single()
        # the deviation is a norm of what is left of the mean: it moves by at most that norm
        self.sigma = Bounded(float(values.std()), float(np.sqrt((bounds**2).mean()))).single()
        self.energy = _mean(self.energies)
        self.acceleration = _mean(self.accelerations)
        if channel.power.sum() > 0:
            self.profile = channel.identity, channel.power.copy()


class Room:
    """State of motion, presence, falls and anomaly; public attributes are features."""

    def __init__(self, config: EdgeConfig) -> None:
        self.config = config
        rate = config.rate_hz
        self._energy_share = f32(1.0 / (0.5 * rate))
        self._score_share = f32(1.0 / (2.0 * rate))
        self._fast_share = f32(1.0 / (0.5 * rate))
        self._slow_share = f32(1.0 / (10.0 * rate))
        self._fade = f32(1.0 - 1.0 / (3.0 * rate))
        self.phase_common = config.phase_mode is not PhaseMode.RESIDUAL
        self.energy = self.presence_score = self.motion = self.presence = ZERO
        self.anomaly = self.env_shift = ZERO
        self.fall, self.falls = False, 0
        self._fall_ts: int | None = None
        self.calibrate()

    def calibrate(self) -> None:
        """Learn the empty room from the next frame on."""
        self.ambient = Ambient()
        self.calibrating = True
        self.active = False
        self.threshold = ZERO
        self._shifted_s = self._quiet_s = 0
        self.interrupt()

    def interrupt(self) -> None:
        """Falls and accelerations cannot be told across a gap."""
        self._recent = [ZERO] * (FALL_STEPS * self.config.stride)
        self.acceleration = ZERO
        self._fast_frames = 0

    def open(self, power: Bounded) -> None:
        """Power of the first frame of a link."""
        self._fast_power = self._slow_power = power

    def judge_clock(self, common_cos: float) -> bool:
        """While calibrating: whether sender and receiver share a clock. True: another answer."""
        if not self.calibrating or self.config.phase_mode is not PhaseMode.AUTO:
            return False
        self.ambient.judged += 1
        self.ambient.cosines += common_cos
        common = 2 * self.ambient.cosines >= self.ambient.judged
        if common == self.phase_common:
            return False
        self.phase_common = common
        self.ambient.forget()
        self.interrupt()
        return True

    def update(self, channel: Channel, ts_us: int, m: Measured, seen: Seen | None) -> None:
        """One frame."""
        self._accelerate(m.acceleration)
        if self.calibrating:
            self._learn(channel, m)
        self._move(m.energy, seen)
        self._be_present(m.score)
        self._detect_fall(ts_us, seen)
        self._be_odd(m.power)

    def _accelerate(self, change: Bounded | None) -> None:
        if change is None:
            self.interrupt()
            return
        above = change - (ZERO if self.calibrating else self.ambient.acceleration)
        root = above.sqrt() if above.value > 0 else Bounded(0.0, float(np.sqrt(above.bound)))
        rate = exact(self.config.rate_hz) / float(self.config.stride)
        self.acceleration = root * rate.squared()
        self._recent = [*self._recent[1:], self.acceleration]

    def _learn(self, channel: Channel, m: Measured) -> None:
        self.ambient.take(m)
        if self.ambient.frames >= self.config.calibration_frames:
            self.ambient.learn(channel)
            self.threshold = self.ambient.mean + self.ambient.sigma * SIGMAS
            self.calibrating = False

    def _move(self, energy: Bounded, seen: Seen | None) -> None:
        self.energy = towards(self.energy, energy, self._energy_share)
        ambient = ZERO if self.calibrating else self.ambient.energy
        self.motion = saturate(self.energy - ambient, HALF_ENERGY)
        limit = ACTIVE_TO if self.active else ACTIVE_FROM
        if self.calibrating:
            self.active = False
        else:
            self.active = decide("active", self.motion - limit, seen.active if seen else None)

    def _be_present(self, score: Bounded) -> None:
        self.presence_score = towards(self.presence_score, score, self._score_share)
        if self.calibrating:
            self.presence = ZERO
            return
        margin = larger(self.ambient.sigma * SIGMAS, Bounded(SCORE_FLOOR, 0.0))
        self.presence = saturate(self.presence_score - self.ambient.mean, margin)

    def _detect_fall(self, ts_us: int, seen: Seen | None) -> None:
        threshold = self.config.fall_threshold
        fast = not self.calibrating and decide(
            "acceleration of a fall",
            self.acceleration - threshold,
            seen.acceleration >= threshold if seen else None,
        )
        self._fast_frames = self._fast_frames + 1 if fast else 0
        paused = self._fall_ts is not None and 0 <= ts_us - self._fall_ts < FALL_PAUSE_US
        self.fall = self._fast_frames >= FALL_STEPS * self.config.stride and not paused
        if self.fall:
            self.falls += 1
            self._fall_ts = ts_us
            self._fast_frames = 0

    def _be_odd(self, power: Bounded) -> None:
        self._fast_power = towards(self._fast_power, power, self._fast_share)
        self._slow_power = towards(self._slow_power, power, self._slow_share)
        if self.calibrating:
            self.anomaly = ZERO
            return
        least = functools.reduce(smaller, self._recent)
        pull = least / self.config.fall_threshold
        low = smaller(self._fast_power, self._slow_power)
        high = larger(self._fast_power, self._slow_power)
        jump = (high - low) / low / POWER_JUMP if low.value > low.bound else ZERO
        now = saturate(pull.squared() + jump.squared(), ANOMALY_OFFSET)
        self.anomaly = larger(now, self.anomaly * self._fade)

    def environment(self, channel: Channel) -> None:
        """Once a second: the channel's profile against the empty room's."""
        self.env_shift = ZERO
        if self.calibrating:
            return
        total = int(channel.power.sum())
        if self.knows(channel) and total > 0:
            assert self.ambient.profile is not None
            then = self.ambient.profile[1]
            now_part = Bounded(channel.power / total, 4 * UNIT * channel.power / total)
            then_part = Bounded(then / then.sum(), 4 * UNIT * then / then.sum())
            shift = abs(now_part - then_part).sum() * 0.5
            self.env_shift = shift.clipped(0.0, 1.0)
        shifted = self.env_shift.value >= ENVIRONMENT_SHIFTED
        self._shifted_s = self._shifted_s + 1 if shifted else 0
        mean = self.ambient.mean.value
        quiet = mean > SCORE_FLOOR and self.presence_score.value < 0.25 * mean
        self._quiet_s = self._quiet_s + 1 if quiet else 0

    def knows(self, channel: Channel) -> bool:
        """Whether the empty room was learnt on this link."""
        profile = self.ambient.profile
        return profile is not None and profile[0] == channel.identity

    def flags(self, channel: Channel) -> Quality:
        """Of the room."""
        if self.calibrating:
            return Quality.CALIBRATING
        found = Quality.PRESENCE_VALID
        if self.anomaly.value >= ANOMALY_TRIGGERED:
            found |= Quality.ANOMALY_TRIGGERED
        if self.env_shift.value >= ENVIRONMENT_SHIFTED:
            found |= Quality.ENVIRONMENT_SHIFT
        lasting = max(self._shifted_s, self._quiet_s) >= RECOMMEND_AFTER_S
        if lasting or not self.knows(channel):
            found |= Quality.RECALIBRATION_RECOMMENDED
        return found


def _mean(values: list[Bounded]) -> Bounded:
    if not values:
        return ZERO
    value = float(np.mean([v.value for v in values]))
    return Bounded(value, float(np.mean([v.bound for v in values]))).single()
