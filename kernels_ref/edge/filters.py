"""The band-pass filters of the vital signs, designed by scipy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Section:
    """g (1 - z^-2) / (1 + a1 z^-1 + a2 z^-2)"""

    g: float
    a1: float
    a2: float

    def single(self) -> Section:
        """With its coefficients as float32 holds them."""
        return Section(*(float(np.float32(x)) for x in (self.g, self.a1, self.a2)))

    def response(self, n: int) -> NDArray[np.float64]:
        """The first n samples of the impulse response."""
        return _impulse([self.g, 0.0, -self.g], [1.0, self.a1, self.a2], n)

    def poles_response(self, n: int) -> NDArray[np.float64]:
        """The same without the zeros: what becomes of an error made inside the section."""
        return _impulse([1.0], [1.0, self.a1, self.a2], n)

    @property
    def radius(self) -> float:
        """Of the poles."""
        return float(np.sqrt(self.a2))


def bandpass(low_hz: float, high_hz: float, sample_hz: float) -> tuple[Section, Section]:
    """Butterworth of order 2 between low_hz and high_hz (-3 dB), the lower resonance first.

    Raises ValueError (scipy's) unless 0 < low_hz < high_hz < sample_hz / 2.
    """
    from scipy import signal  # here: to import it takes a second, and few sessions need it

    _, poles, _ = signal.butter(2, [low_hz, high_hz], "bandpass", output="zpk", fs=sample_hz)
    upper = sorted((p for p in poles if p.imag > 0), key=lambda p: float(np.angle(p)))
    if len(upper) != 2:  # a pair of real poles: very wide bands only
        raise ValueError(f"{low_hz}..{high_hz} Hz at {sample_hz} Hz has real poles")
    tan_low, tan_high = (np.tan(np.pi * f / sample_hz) for f in (low_hz, high_hz))
    made = []
    for pole in upper:
        s = (pole - 1) / (pole + 1)
        gain = float((tan_high - tan_low) / abs(1 - s) ** 2)
        made.append(Section(gain, float(-2 * pole.real), float(abs(pole) ** 2)))
    return made[0], made[1]


def _impulse(b: list[float], a: list[float], n: int) -> NDArray[np.float64]:
    x = np.zeros(n)
    x[0] = 1.0
    from scipy import signal

    return np.asarray(signal.lfilter(b, a, x), np.float64)
