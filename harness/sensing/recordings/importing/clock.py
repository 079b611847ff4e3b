"""When frames were taken, from a column of times in any unit."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

_WRAP_US = 1 << 32
_LARGEST_GAP_US = 600_000_000  # with a longer gap the clock did not wrap, it restarted
_BACKWARDS_US = 1_000_000  # a smaller step back is a frame that was printed late
_PAUSE_US = (
    4_000_000  # the time that is assumed for a restart: longer than the gaps that a node bridges
)
_EPOCHS = ((1e17, 1e-3), (1e14, 1.0), (1e11, 1e3), (5e8, 1e6))
"""Smallest value, and microseconds a unit: a time since 1970 in ns, us, ms, s."""

_NAMED_UNITS = {
    (" us", "_us", "usec", "micros", "microseconds"): 1.0,
    (" ms", "_ms", "msec", "millis", "milliseconds"): 1e3,
    (" ns", "_ns", "nanoseconds"): 1e-3,
    ("_s", "_sec", "seconds"): 1e6,
}
"""Endings of a column's name with a space before it, and microseconds a unit."""


@dataclass
class Clock:
    """How a column's times are read.

    us: microseconds a unit; None to guess it from the values. wraps: whether the column has 32 bits
    of microseconds.
    """

    us: float | None = None
    wraps: bool = False
    notes: list[str] = field(default_factory=list)

    def to_us(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Microseconds of one clock that goes on through a restart or a wrap."""
        unit = self.us if self.us is not None else unit_of(values)
        times = np.rint(values * unit).astype(np.int64)
        if self.wraps and times.min(initial=0) >= -_WRAP_US // 2:
            times[times < 0] += _WRAP_US  # esp-csi prints the upper half as negative numbers
        steps = np.diff(times, prepend=times[:1])
        wrapped = self._wrapped(times, steps)
        steps = steps + _WRAP_US * wrapped
        restarted = steps < -_BACKWARDS_US
        steps[restarted] = _PAUSE_US
        if wrapped.any():
            self.notes.append(f"the clock of 32 bits wrapped {int(wrapped.sum())} times")
        if restarted.any():
            self.notes.append(
                f"the clock restarted {int(restarted.sum())} times: a pause of"
                f" {_PAUSE_US / 1e6:g} s is assumed there"
            )
        taken: npt.NDArray[np.int64] = times[0] + np.cumsum(steps)
        return taken

    def _wrapped(
        self, times: npt.NDArray[np.int64], steps: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        if not self.wraps or times.max(initial=0) >= _WRAP_US:
            return np.zeros(len(steps), np.bool_)
        return (steps < 0) & (steps + _WRAP_US < _LARGEST_GAP_US)


def even_times(n: int, rate_hz: float) -> npt.NDArray[np.int64]:
    """Microseconds [n], for frames of which only the rate is known."""
    times: npt.NDArray[np.int64] = np.rint(np.arange(n) * (1e6 / rate_hz)).astype(np.int64)
    return times


def unit_of(values: npt.NDArray[np.float64]) -> float:
    """Microseconds a unit, by the size of the values and of the steps between them."""
    middle = float(np.median(values)) if len(values) else 0.0
    for least, unit in _EPOCHS:
        if middle >= least:
            return unit
    steps = np.diff(values)
    steps = steps[steps > 0]
    if (values != np.rint(values)).any() or not len(steps):
        return 1e6  # with a decimal point: seconds
    # Frames come less than a second apart, so steps of a thousand and more are microseconds.
    return 1.0 if float(np.median(steps)) >= 1000 else 1e3


def unit_by_name(column: str) -> float | None:
    """Microseconds a unit, by the column's name; None where the name does not say it."""
    name = f" {column.lower()}"
    return next((unit for ends, unit in _NAMED_UNITS.items() if name.endswith(ends)), None)


def time_value(text: str) -> float | None:
    """A number, or a date with a time of day as seconds since 1970; None for any other text."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moment.timestamp()
