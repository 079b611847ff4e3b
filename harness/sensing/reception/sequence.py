"""Sequence numbers that wrap: gaps, repeats, stragglers, restarts."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

_REMEMBERED = 256  # numbers that may come late, or twice
_GAPS_KEPT = 8
_SPANS_KEPT = 8
_FRESH = 16
"""A number below the last and up to this one may come from a node that has restarted."""
_RECENT = 64  # within so many numbers another stream of the node may show the same restart


class Step(enum.Enum):
    """How a number compares with those before it."""

    ON = "on"  # after all of them
    LATE = "late"  # one that was missing
    REPEATED = "repeated"
    RESTART = "restart"
    RESUMED = "resumed"  # what looked like a restart was a late packet


class Clock(enum.Enum):
    """How the time in a packet compares with that of the packet before."""

    NONE = "none"  # the packet has no time
    ON = "on"
    BACK = "back"  # so little that the network may have swapped two packets
    FAR_BACK = "far back"


@dataclass(frozen=True)
class _Jump:
    """A gap of more numbers than a network loses. at: how many numbers had come after it."""

    begin: int
    end: int
    count: int
    at: int


@dataclass
class _Run:
    """The numbers between two restarts. recent: the contents of the last ones, by number."""

    first: int
    last: int
    recent: dict[int, Hashable] = field(default_factory=dict)
    skipped: deque[int] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    count: int = 0
    jump: _Jump | None = None

    def remember(self, seq: int, content: Hashable) -> None:
        self.count += 1
        self.recent[seq] = content
        if len(self.recent) > _REMEMBERED:
            del self.recent[next(iter(self.recent))]


@dataclass
class Sequence:
    """What the numbers of one stream tell.

    missing: numbers that were skipped and have not come since. late: numbers that came after a
    higher one. repeated: numbers that came twice. restarts: how often the numbers started again
    although nobody said that the node has. gaps: the first ones, as (first missing number, how
    many).
    """

    bits: int
    missing: int = 0
    late: int = 0
    repeated: int = 0
    restarts: int = 0
    gaps: list[tuple[int, int]] = field(default_factory=list)
    _run: _Run | None = None
    _ended: list[_Run] = field(default_factory=list)
    _stray: tuple[int, Hashable] | None = (
        None  # a late number that may be the first after a restart
    )
    _is_doubtful: bool = False  # whether the last restart was one; the next number shows it
    _is_reset: bool = False
    _may_restart: bool = False

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First and last number of each run between restarts; of many runs, the first ones and the
        last."""
        runs = [*self._ended, self._run] if self._run else []
        kept = runs if len(runs) <= _SPANS_KEPT else [*runs[: _SPANS_KEPT - 1], runs[-1]]
        return [(run.first, run.last) for run in kept]

    def reset_numbers(self) -> None:
        """The node has restarted: the next number may be any."""
        self._is_reset = True

    def node_restarted(self) -> None:
        """Another stream shows that the node has restarted: the numbers of this one start again
        too, unless they go on."""
        run = self._run
        if run is None or (self._ended and run.count < _RECENT):
            return
        if run.jump and run.count - run.jump.at < _RECENT:
            self._no_gap_but_restart(run, run.jump)
        else:
            self._may_restart = True

    def note(self, seq: int, content: Hashable = None, clock: Clock = Clock.NONE) -> Step:
        """Notes the next number. content: equal for a packet that comes twice."""
        run = self._run
        if run is None or self._is_reset:
            return self._start(seq, content, Step.ON)
        if self._is_doubtful:
            self._is_doubtful = False
            if self._goes_on_before(seq, run):
                return self._resume(seq, content)
        stray, self._stray = self._stray, None
        if stray is not None and self._nearer(seq, stray[0], run.last):
            self.late -= 1
            self._restart(*stray)
            self._is_doubtful = False
            self._take(seq, content)
            return Step.RESTART
        expected, self._may_restart = self._may_restart, False
        if expected and not 0 < self._ahead(seq, run.last) <= _REMEMBERED:
            return self._restart(seq, content)
        return self._ordinary(run, seq, content, clock)

    def _ordinary(self, run: _Run, seq: int, content: Hashable, clock: Clock) -> Step:
        ahead = self._ahead(seq, run.last)
        if seq in run.skipped:
            run.skipped.remove(seq)
            run.remember(seq, content)
            self.missing -= 1
            self.late += 1
            return Step.LATE
        if seq in run.recent:
            is_other = ahead != 0 and run.recent[seq] != content and clock is not Clock.ON
            if is_other and clock is not Clock.BACK:
                return self._restart(seq, content)
            self.repeated += 1
            return Step.REPEATED
        if 0 < ahead < 1 << (self.bits - 1):
            if ahead > 1 and clock is Clock.FAR_BACK:
                return self._restart(seq, content)
            self._take(seq, content)
            return Step.ON
        if self._is_straggler(seq, (1 << self.bits) - ahead, clock):
            self.late += 1
            self._stray = seq, content
            run.remember(seq, content)
            return Step.LATE
        return self._restart(seq, content)

    def _is_straggler(self, seq: int, behind: int, clock: Clock) -> bool:
        """Whether it is a late number from before the first one that came."""
        if behind > _REMEMBERED or clock in (Clock.FAR_BACK, Clock.ON):
            return False
        return not (seq <= _FRESH and clock is Clock.BACK)

    def _take(self, seq: int, content: Hashable) -> None:
        """Notes a number that is higher than all others of the run."""
        run = self._run
        assert run is not None
        count = self._ahead(seq, run.last) - 1
        begin = run.last + 1
        run.last = seq
        run.remember(seq, content)
        if count <= 0:
            return
        modulus = 1 << self.bits
        self.missing += count
        if len(self.gaps) < _GAPS_KEPT:
            self.gaps.append((begin % modulus, count))
        first = max(0, count - _REMEMBERED)
        run.skipped.extend((begin + i) % modulus for i in range(first, count))
        if count > _REMEMBERED:
            run.jump = _Jump(begin % modulus, seq, count, run.count)

    def _start(self, seq: int, content: Hashable, step: Step) -> Step:
        if self._run is not None:
            self._ended.append(self._run)
        self._is_reset = self._may_restart = self._is_doubtful = False
        self._stray = None
        self._run = _Run(seq, seq)
        self._run.remember(seq, content)
        return step

    def _restart(self, seq: int, content: Hashable) -> Step:
        self.restarts += 1
        self._start(seq, content, Step.RESTART)
        self._is_doubtful = True
        return Step.RESTART

    def _goes_on_before(self, seq: int, run: _Run) -> bool:
        return bool(self._ended) and self._nearer(seq, self._ended[-1].last, run.last)

    def _nearer(self, seq: int, this: int, other: int) -> bool:
        """Whether `seq` goes on from `this`, and not from `other` or from farther."""
        ahead, from_other = self._ahead(seq, this), self._ahead(seq, other)
        return 0 < ahead <= _REMEMBERED and not 0 < from_other < ahead

    def _resume(self, seq: int, content: Hashable) -> Step:
        self._run = self._ended.pop()
        self.restarts -= 1
        self.late += 1
        self._take(seq, content)
        return Step.RESUMED

    def _no_gap_but_restart(self, run: _Run, jump: _Jump) -> None:
        """The last large gap was a restart: the node counts from another number."""
        self.missing = max(
            0, self.missing - jump.count
        )  # some of them may have been counted as late
        self.gaps = [gap for gap in self.gaps if gap != (jump.begin, jump.count)]
        self.restarts += 1
        self._ended.append(_Run(run.first, (jump.begin - 1) % (1 << self.bits)))
        run.first, run.jump = jump.end, None
        run.skipped.clear()

    def _ahead(self, seq: int, of: int) -> int:
        return (seq - of) % (1 << self.bits)
