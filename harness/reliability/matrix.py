"""Truth by word, times and counts of many runs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.reliability.faults import KINDS, Truth
from harness.reliability.outcome import COLUMNS, HANG, Outcome


@dataclass
class Times:
    """Seconds to the verdict of one kind of fault, and the most it may take."""

    kind: str
    truth: str
    devices: str
    runs: int
    median: float
    p99: float
    worst: float
    bound: float


@dataclass
class Summary:
    """What many runs come to. cells: (truth, said) -> runs."""

    runs: int
    cells: dict[tuple[str, str], int]
    times: list[Times]
    hangs: int
    processes: int
    sockets: int
    locks: int
    files: int
    measured: int
    lost: int
    notes: list[str] = field(default_factory=list)
    wrong: list[Outcome] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Nothing off the diagonal, nothing left, nothing lost."""
        return not self.wrong

    @property
    def off_diagonal(self) -> int:
        return sum(count for (truth, said), count in self.cells.items() if truth != said)


def summarise(outcomes: Sequence[Outcome]) -> Summary:
    """All figures."""
    left = [outcome.ended.leftover for outcome in outcomes]
    cells = Counter((str(outcome.run.truth), outcome.said) for outcome in outcomes)
    return Summary(
        runs=len(outcomes),
        cells=dict(cells),
        times=_times(outcomes),
        hangs=sum(outcome.said == HANG for outcome in outcomes),
        processes=sum(len(each.processes) for each in left),
        sockets=sum(len(each.sockets) for each in left),
        locks=sum(len(each.locks) for each in left),
        files=sum(len(each.files) for each in left),
        measured=sum(outcome.ended.measured for outcome in outcomes),
        lost=sum(len(outcome.ended.lost) for outcome in outcomes),
        notes=sorted({note for outcome in outcomes for note in outcome.ended.notes}),
        wrong=[outcome for outcome in outcomes if not outcome.is_good],
    )


def matrix_rows(summary: Summary) -> list[list[str]]:
    """A row for each truth: its name, and how often each word was said under it."""
    return [
        [str(truth), *(str(summary.cells.get((str(truth), word), 0)) for word in COLUMNS)]
        for truth in Truth
    ]


def _times(outcomes: Sequence[Outcome]) -> list[Times]:
    found = []
    for kind in KINDS:
        of_kind = [outcome for outcome in outcomes if outcome.run.kind is kind]
        if not of_kind:
            continue
        seconds = sorted(outcome.ended.seconds for outcome in of_kind)
        devices = [name for name in kind.devices if any(o.run.device == name for o in of_kind)]
        found.append(
            Times(
                kind.name,
                str(kind.truth),
                ", ".join(devices),
                len(seconds),
                _rank(seconds, 0.5),
                _rank(seconds, 0.99),
                seconds[-1],
                kind.bound_s,
            )
        )
    return found


def _rank(ascending: Sequence[float], share: float) -> float:
    """The smallest value that so large a share does not exceed."""
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]
