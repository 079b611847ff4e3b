"""One link's channel from frame to frame: integers up to the angles, then running statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels_ref.edge.bounded import UNIT, Bounded, Float64, f32
from kernels_ref.edge.config import EdgeConfig
from kernels_ref.edge.frames import CsiFrame

Int64 = NDArray[np.int64]

ANGLE_ERROR = 3e-7
SMALL_ANGLE = np.pi / 8
SMALL_ANGLE_ERROR = 4 * UNIT

COMMON_LIMIT = 1 << 14
POWER_ONE = 1 << 14


def power_shift(config: EdgeConfig) -> int:
    """The running mean of the power takes 2^-shift of each frame: about ten seconds."""
    return (10 * config.second - 1).bit_length()


class Step:
    """A frame against the one before it: now · conj(before) of every pair, exactly."""

    def __init__(self, now: Int64, before: Int64) -> None:
        self.power = int((now**2).sum())
        self.re = (now * before).sum(axis=1)
        self.im = now[:, 1] * before[:, 0] - now[:, 0] * before[:, 1]
        re, im = int(self.re.sum()), int(self.im.sum())
        self.coherence = _coherence(re, im, self.power, int((before**2).sum()))
        shrink = 1
        while max(abs(re), abs(im)) // shrink >= COMMON_LIMIT:
            shrink *= 2
        self.common_re = _towards_zero(re, shrink)
        self.common_im = _towards_zero(im, shrink)
        if self.common_re == 0 == self.common_im:
            self.common_re = 1

    @property
    def common(self) -> Bounded:
        """The common rotation, rad."""
        return angle(float(self.common_im), float(self.common_re))

    @property
    def common_cos(self) -> float:
        """Its cosine."""
        return float(self.common_re / np.hypot(self.common_re, self.common_im))

    def residual(self) -> Bounded:
        """How far each pair turned beyond it, -pi..pi."""
        re = self.re * self.common_re + self.im * self.common_im
        im = self.im * self.common_re - self.re * self.common_im
        return angle(im.astype(np.float64), re.astype(np.float64))


class Channel:
    """What is known of the pairs of a link. delta, deviation, variance and power are [n_pairs]."""

    def __init__(self, config: EdgeConfig, frame: CsiFrame) -> None:
        self.identity = identity(frame)
        self.n_subcarriers = frame.n_subcarriers
        self.n_pairs = len(frame.iq)
        self._shift = 1 << power_shift(config)
        self._share = f32(1.0 / (10.0 * config.rate_hz))
        self._rest = float(np.float32(1.0) - np.float32(self._share))
        self.variance = _zeros(self.n_pairs)
        self.power = _power(_wide(frame)) * POWER_ONE
        self.resume(frame)

    def resume(self, frame: CsiFrame) -> None:
        """Start the phases anew with this frame."""
        self.last = _wide(frame)
        self.deviation = _zeros(self.n_pairs)
        self.delta = _zeros(self.n_pairs)

    def forget_phases(self) -> None:
        """The phases start anew with the next frame, and so do their variances."""
        self.deviation = _zeros(self.n_pairs)
        self.variance = _zeros(self.n_pairs)

    def compare(self, frame: CsiFrame) -> Step:
        """This frame against the last samples that were not zero."""
        return Step(_wide(frame), self.last)

    def advance(self, frame: CsiFrame, step: Step, common: bool) -> Bounded:
        """Fill delta; return its power-weighted mean square, rad²."""
        delta = step.residual()
        delta = delta + step.common if common else self._without_slope(delta)
        now, power = _wide(frame), _power(_wide(frame))
        turned = (power > 0) & (_power(self.last) > 0)
        self.delta = Bounded(np.where(turned, delta.value, 0.0), np.where(turned, delta.bound, 0.0))
        self.last = np.where(power[:, None] > 0, now, self.last)
        if step.power == 0:
            return Bounded(0.0, 0.0)
        return (self.delta.squared() * power.astype(np.float64)).sum() / float(step.power)

    def _without_slope(self, delta: Bounded) -> Bounded:
        """Less the least-squares line through the middle of the band."""
        antennas = self.n_pairs // self.n_subcarriers
        x = np.tile(np.arange(self.n_subcarriers) - 0.5 * (self.n_subcarriers - 1), antennas)
        if not x.any():
            return delta
        slope = (delta * x).sum() / Bounded(x**2, np.zeros_like(x)).sum()
        return delta - slope * x

    def surprise(self, moving: bool) -> Bounded:
        """e = deviation + delta; while somebody moves only delta."""
        return self.delta if moving else self.deviation + self.delta

    def learn(self, frame: CsiFrame, moving: bool) -> None:
        """Running mean and variance (West's form of Welford's, exponentially fading weights)."""
        e = self.surprise(moving)
        self.deviation = e * self._rest
        if not moving:
            self.variance = (self.variance + e.squared() * self._share) * self._rest
        power = _power(_wide(frame)) * POWER_ONE
        change = power - self.power
        self.power = self.power + np.sign(change) * (np.abs(change) // self._shift)


def angle(y: Any, x: Any) -> Bounded:
    """The angle of (x, y), numbers or arrays, as the device's arctangent gives it.

    Its error is below 3e-7, and relative to angles below pi/8 at most 4u; rounding of the
    arguments adds u, relative to the tangent.
    """
    value = np.arctan2(y, x)
    size = np.abs(value)
    own = np.where(size < SMALL_ANGLE, SMALL_ANGLE_ERROR * size, ANGLE_ERROR)
    return Bounded(value, own + UNIT * np.minimum(size, 1.0))


def identity(frame: CsiFrame) -> tuple[bytes, int, int, int]:
    """Sender, channel and shape: what makes frames comparable."""
    return frame.mac, frame.channel, frame.n_antennas, frame.n_subcarriers


def _coherence(re: int, im: int, now: int, before: int) -> Bounded:
    """|now · conj(before)| / (|now| |before|), 0 where there is no power."""
    if now == 0 or before == 0:
        return Bounded(0.0, 0.0)
    value = float(np.hypot(float(re), float(im)) / np.sqrt(float(now) * float(before)))
    return Bounded(min(value, 1.0), 8 * UNIT * value)


def _towards_zero(value: int, divisor: int) -> int:
    return value // divisor if value >= 0 else -(-value // divisor)


def _wide(frame: CsiFrame) -> Int64:
    return frame.iq.astype(np.int64)


def _power(iq: Int64) -> Int64:
    return np.asarray((iq**2).sum(axis=1), np.int64)


def _zeros(n: int) -> Bounded:
    return Bounded(np.zeros(n), np.zeros(n))


__all__ = ["ANGLE_ERROR", "Channel", "Float64", "Step", "identity", "power_shift"]
