"""Sequence numbers that wrap: gaps, repeats, stragglers, restarts."""

from __future__ import annotations

import enum
from collections import deque
from dataclasses import dataclass, field

_REMEMBERED = 256  # missing numbers that may still arrive late
_GAPS_KEPT = 8
_FRESH = 16
"""A number up to this one, behind the last, may be that of a node which has started anew."""


class Step(enum.Enum):
    """What a number is to those before it."""

    ON = "on"  # after all of them
    LATE = "late"  # one that was missing
    REPEATED = "repeated"
    RESTART = "restart"


@dataclass
class Sequence:
    """What the numbers of one stream tell.

    missing: numbers that were skipped and have not come. late: came after a higher one. repeated:
    had come before. restarts: the count began anew without a notice that the node had.
    gaps: the first ones, as (first missing number, how many).
    """

    bits: int
    missing: int = 0
    late: int = 0
    repeated: int = 0
    restarts: int = 0
    first: int | None = None
    last: int | None = None
    gaps: list[tuple[int, int]] = field(default_factory=list)
    _skipped: deque[int] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _begins_anew: bool = False

    def begins_anew(self) -> None:
        """The node has restarted: the next number stands for itself."""
        self._begins_anew = True

    def note(self, seq: int, time_went_back: bool = False) -> Step:
        """The next number that came."""
        if self.last is None or self._begins_anew:
            self.first = seq if self.first is None else self.first
            return self._start(seq)
        modulus = 1 << self.bits
        ahead = (seq - self.last) % modulus
        if 0 < ahead < modulus // 2:
            self._skip(self.last + 1, ahead - 1)
            self.last = seq
            return Step.ON
        if seq in self._skipped:
            self._skipped.remove(seq)
            self.missing -= 1
            self.late += 1
            return Step.LATE
        if seq <= _FRESH and ahead and (time_went_back or modulus - ahead > _REMEMBERED):
            self.restarts += 1
            self._start(seq)
            return Step.RESTART
        self.repeated += 1
        return Step.REPEATED

    def _start(self, seq: int) -> Step:
        self._begins_anew = False
        self._skipped.clear()
        self.last = seq
        return Step.ON

    def _skip(self, begin: int, count: int) -> None:
        if not count:
            return
        modulus = 1 << self.bits
        self.missing += count
        if len(self.gaps) < _GAPS_KEPT:
            self.gaps.append((begin % modulus, count))
        first = max(0, count - _REMEMBERED)
        self._skipped.extend((begin + i) % modulus for i in range(first, count))
