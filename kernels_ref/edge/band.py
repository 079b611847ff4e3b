"""One band of vital signs: filter, autocorrelation, spectrum; BPM and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kernels_ref.edge.bounded import UNIT, Bounded, Float64, f32
from kernels_ref.edge.config import TOP
from kernels_ref.edge.filters import Section, bandpass

CIRCLE = 480
MAX_LAGS = 150
PEAK_SHARE = 0.25


@dataclass(frozen=True)
class BandDesign:
    """sample_hz: at least, where the frame rate allows; times in seconds."""

    low_hz: float
    high_hz: float
    sample_hz: float
    lag_s: float  # longest lag: how finely the spectrum resolves
    memory_s: float  # time constant of the correlation
    valid_s: float  # least window for a valid result
    least_conf: float


RESPIRATION = BandDesign(0.1, 0.5, 4.0, 30.0, 20.0, 15.0, 0.3)
HEARTBEAT = BandDesign(0.8, 2.0, 8.0, 12.0, 10.0, 8.0, 0.3)


class FilterBank:
    """The filter of every slot. The bound of a sample is what errors of all samples before make.

    An error of an input reaches the output through the impulse response h; one made inside a
    section through that section's poles and what follows. With the errors' fading maximum
    m_t = max(e_t, rho·m_(t-1)) the output is off by at most m_t · sum |h_k| rho^-k.
    """

    def __init__(self, sections: tuple[Section, Section]) -> None:
        self.sections = tuple(s.single() for s in sections)
        radius = max(s.radius for s in self.sections)
        self._fade = (1 + radius) / 2
        n = int(np.ceil(np.log(1e-9) / np.log(radius)))
        first, last = self.sections
        inside = np.convolve(first.poles_response(n), last.response(n))[:n]
        whole = np.convolve(first.response(n), last.response(n))[:n]
        weight = self._fade ** -np.arange(n, dtype=np.float64)
        self._gains = [
            float((np.abs(h) * weight).sum()) for h in (whole, inside, last.poles_response(n))
        ]
        self.reset()

    def reset(self) -> None:
        """No past."""
        self._state = np.zeros((2, 2, TOP))
        self._worst = np.zeros((3, TOP))

    def forget(self, slot: int) -> None:
        """No past of one slot."""
        self._state[:, :, slot] = 0.0
        self._worst[:, slot] = 0.0

    def step(self, x: Bounded) -> Bounded:
        """One sample of every slot [TOP]."""
        made = [np.asarray(x.bound, np.float64)]
        v_in = np.asarray(x.value, np.float64)
        for section, state in zip(self.sections, self._state, strict=True):
            v = section.g * v_in
            y = v + state[0]
            state[0] = state[1] - section.a1 * y
            state[1] = -v - section.a2 * y
            # the rounding of v, y, a1·y, a2·y and of both states, with |a1| < 2 and |a2| < 1
            made.append(UNIT * (3 * np.abs(v) + 6 * np.abs(y)))
            v_in = y
        self._worst = np.maximum(np.stack(made), self._fade * self._worst)
        bound = sum(g * m for g, m in zip(self._gains, self._worst, strict=True))
        return Bounded(v_in, np.asarray(bound))


@dataclass(frozen=True)
class Estimate:
    """conf: share of the band's power in the peak, 1 for a pure tone; peaks: two limits."""

    bpm: Bounded
    conf: Bounded
    least_peaks: int
    most_peaks: int


NOTHING = Estimate(Bounded(0.0, 0.0), Bounded(0.0, 0.0), 0, 0)


class Band:
    """Takes the slots' deviations frame by frame; `samples` since the restart."""

    def __init__(self, design: BandDesign, rate_hz: float) -> None:
        self.design = design
        self.decimation = max(int(rate_hz / design.sample_hz), 1)
        fs = rate_hz / self.decimation
        self.sample_hz = f32(fs)
        self.n_lags = min(int(design.lag_s * fs), MAX_LAGS)
        self.bins = np.arange(
            int(design.low_hz * (CIRCLE / fs)) - 1, int(design.high_hz * (CIRCLE / fs)) + 3
        )
        self.min_samples = int(design.valid_s * fs)
        self._forget = f32(1.0 - 1.0 / (design.memory_s * fs))
        hann = 0.5 + 0.5 * np.cos(np.pi * np.arange(self.n_lags) / self.n_lags)
        self._full_peak = f32(float(hann.sum()))
        self._window = hann.astype(np.float32).astype(np.float64)
        angles = np.outer(self.bins, np.arange(1, self.n_lags)) % CIRCLE
        circle = np.cos(2 * np.pi * np.arange(CIRCLE) / CIRCLE).astype(np.float32)
        self._cosines = circle.astype(np.float64)[angles]
        self.filter = FilterBank(bandpass(design.low_hz, design.high_hz, fs))
        self.restart()

    def restart(self) -> None:
        """Forget all that was heard."""
        self.filter.reset()
        self._held = 0
        self._sum = Bounded(np.zeros(TOP), np.zeros(TOP))
        self._history = Bounded(np.zeros((self.n_lags, TOP)), np.zeros((self.n_lags, TOP)))
        self.correlation = Bounded(np.zeros(self.n_lags), np.zeros(self.n_lags))
        self.samples = 0
        self._until = int(self.sample_hz)
        self._spectrum: Bounded | None = None
        self._known: tuple[float, Estimate] | None = None
        self._whole = Bounded(0.0, 0.0)

    def forget_slot(self, slot: int) -> None:
        """Another pair is in this slot from now on."""
        self.filter.forget(slot)
        for array in (self._sum, self._history):
            np.asarray(array.value)[..., slot] = 0.0
            np.asarray(array.bound)[..., slot] = 0.0

    def feed(self, x: Bounded, times: int) -> None:
        """`times` frames of the slots' deviations [TOP]."""
        for _ in range(times):
            self._sum = self._sum + x
            self._held += 1
            if self._held == self.decimation:
                self._take(self._sum / float(self.decimation))
                self._held = 0
                self._sum = Bounded(np.zeros(TOP), np.zeros(TOP))

    def _take(self, sample: Bounded) -> None:
        now = self.filter.step(sample)
        value, bound = self._history.value, self._history.bound
        for kept, new in ((value, now.value), (bound, now.bound)):
            kept[1:] = kept[:-1].copy()  # newest first
            kept[0] = new
        size, moved = np.abs(value), np.abs(now.value)
        error = bound @ moved + (size + bound) @ np.asarray(now.bound)
        error += UNIT * (TOP + 1) * (size @ moved)
        self.correlation = self.correlation * self._forget + Bounded(value @ now.value, error)
        self.samples += 1
        self._until -= 1
        if self._until == 0:
            self._until = int(self.sample_hz)
            self._known = None
            self._spectrum = self.transform()
            self._whole = self.correlation[0] * self._full_peak

    def transform(self) -> Bounded:
        """The power spectrum at `bins`, by the transform of the windowed correlation."""
        r = self.correlation
        windowed = r[1:] * self._window[1:]
        terms = np.abs(np.asarray(windowed.value)) @ np.abs(self._cosines).T
        rounding = UNIT * (self.n_lags + 1) * terms
        bound = np.asarray(windowed.bound) @ np.abs(self._cosines).T + rounding
        return r[0] + Bounded(self._cosines @ windowed.value, bound) * 2.0

    def estimate(self, seen_bpm: float = 0.0) -> Estimate:
        """Of the newest spectrum. At a tie of peaks the one that is nearest to seen_bpm, if any."""
        if self._known is None or self._known[0] != seen_bpm:
            self._known = seen_bpm, self._estimate(seen_bpm)
        return self._known[1]

    def _estimate(self, seen_bpm: float) -> Estimate:
        power = self._spectrum
        if power is None:
            return NOTHING
        value, bound = power.value, power.bound
        inner = np.arange(1, len(value) - 1)
        top = int(inner[np.argmax(value[inner])])
        possible = inner[(value + bound)[inner] >= (value - bound)[top]]
        if seen_bpm > 0 and len(possible) > 1:
            off = [abs(self._bpm(power, int(i)).value - seen_bpm) for i in possible]
            top = int(possible[np.argmin(off)])
        if value[top] <= 0:
            return NOTHING
        share = Bounded(0.0, 1.0)
        if self._whole.value > self._whole.bound:
            share = (power[top] / self._whole).clipped(0.0, 1.0)
        conf = Bounded(share.value, min(share.bound, 1.0))
        return Estimate(self._bpm(power, top), conf, *_count_peaks(value, bound))

    def _bpm(self, power: Bounded, top: int) -> Bounded:
        place = vertex(power[top - 1], power[top], power[top + 1]) + float(self.bins[top])
        limits = 60.0 * self.design.low_hz, 60.0 * self.design.high_hz
        return (place * 60.0 * self.sample_hz / float(CIRCLE)).clipped(*limits)


def vertex(left: Bounded, middle: Bounded, right: Bounded) -> Bounded:
    """Where between its neighbours the peak of a parabola through three points lies, -0.5..0.5.

    Anywhere there, where the bend of the parabola is within its bound.
    """
    bend = middle * 2.0 - left - right
    if bend.value <= 0.0:
        return Bounded(0.0, 0.5)
    offset = (right - left) * 0.5 / Bounded(bend.value, min(bend.bound, 0.5 * bend.value))
    bound = min(offset.bound, 1.0) if bend.value > bend.bound else 1.0
    return Bounded(float(np.clip(offset.value, -0.5, 0.5)), bound)


def _count_peaks(value: Float64, bound: Float64) -> tuple[int, int]:
    """The least and the most that rounding could make of the peaks' number."""
    left, inner, right = value[:-2], value[1:-1], value[2:]
    slack = bound[:-2] + bound[1:-1]
    other = bound[1:-1] + bound[2:]
    top = int(np.argmax(value))
    high = PEAK_SHARE * value[top]
    allowance = bound[1:-1] + PEAK_SHARE * bound[top]
    sure = (inner - left > slack) & (inner - right > other) & (inner - high > allowance)
    maybe = (inner - left >= -slack) & (inner - right >= -other) & (inner - high >= -allowance)
    return int(sure.sum()), int(maybe.sum())
