"""What many runs come to: truth by what was said, and the times to the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from harness.reliability.faults import KINDS, Truth
from harness.reliability.outcome import COLUMNS, Outcome


class Times(NamedTuple):
    """Seconds from one kind of fault to the end of the session, and the most that it may take."""

    kind: str
    truth: str
    devices: str
    runs: int
    median: float
    p99: float
    worst: float
    bound: float


def matrix_rows(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """A row for each truth: its name, and how often each word was said under it."""
    cells = Counter((str(outcome.run.truth), outcome.said) for outcome in outcomes)
    return [[truth, *(str(cells[truth, word]) for word in COLUMNS)] for truth in map(str, Truth)]


def times(outcomes: Sequence[Outcome]) -> list[Times]:
    """The times of each kind of fault that has happened, in the order of the kinds."""
    rows = []
    for kind in KINDS:
        of_kind = [outcome for outcome in outcomes if outcome.run.kind is kind]
        if of_kind:
            seconds = [outcome.ended.seconds for outcome in of_kind]
            met = {outcome.run.device for outcome in of_kind}
            devices = ", ".join(name for name in kind.devices if name in met)
            median, p99 = map(float, np.quantile(seconds, (0.5, 0.99), method="inverted_cdf"))
            row = (str(kind.truth), devices, len(seconds), median, p99, max(seconds), kind.bound_s)
            rows.append(Times(kind.name, *row))
    return rows
