"""Device and oracle, window by window: their classes, whether a difference is a tie; a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from harness.cli.console import table_text
from harness.sensing.accuracy.score import Score


class Sides(Enum):
    """How the device's class compares with the oracle's."""

    SAME = "same"
    TIE = "tie"
    """Another class, but the oracle's lead over it is within the errors of both logits."""
    OTHER = "other"


@dataclass(frozen=True)
class Judged:
    """One window. label, device, oracle: classes. lead: how far the logit of the oracle's class is
    above that of the device's class. budget: the sum of the allowed errors of these two logits."""

    name: str
    person: str
    label: int
    device: int
    oracle: int
    lead: float = 0.0
    budget: float = 0.0

    @property
    def sides(self) -> Sides:
        """SAME, TIE or OTHER."""
        if self.device == self.oracle:
            return Sides.SAME
        return Sides.TIE if self.lead <= self.budget else Sides.OTHER


def judged(
    name: str,
    person: str,
    label: int,
    device: int,
    oracle: npt.NDArray[np.float64],
    limit: npt.NDArray[np.float64],
) -> Judged:
    """A window, by the oracle's logits [n_classes] and their budget [n_classes]."""
    top = int(np.argmax(oracle))
    lead, budget = oracle[top] - oracle[device], limit[top] + limit[device]
    return Judged(name, person, label, device, top, float(lead), float(budget))


def accuracy_table(
    name: str,
    classes: Sequence[str],
    device: Score,
    oracle: Score,
    seen: Sequence[Judged],
) -> str:
    """Device and oracle, class by class, and how often they give the same class."""
    persons = len({one.person for one in seen})
    rows: list[tuple[object, ...]] = [
        ("accuracy", device.windows, device.accuracy, "", oracle.accuracy, ""),
        ("macro F1", "", device.macro_f1, "", oracle.macro_f1, ""),
        ("", "", "recall", "precision", "recall", "precision"),
    ]
    for i, word in enumerate(classes):
        shares = [x[i] for score in (device, oracle) for x in (score.recall, score.precision)]
        rows.append((word, int(device.confusion[i].sum()), *shares))
    columns = ("", "windows", "device", "", "oracle", "")
    cells = [[_cell(value) for value in row] for row in rows]
    table = table_text(columns, cells, numbers=slice(1, None))
    title = f"{name}: {device.windows} windows of {persons} persons"
    return "\n".join([title, table, *_agreement(seen)])


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _agreement(seen: Sequence[Judged]) -> list[str]:
    count = Counter(one.sides for one in seen)
    same, ties, others = (count[sides] for sides in (Sides.SAME, Sides.TIE, Sides.OTHER))
    lines = [f"same class: {same} of {len(seen)}; ties within both errors: {ties}; other: {others}"]
    lines += [
        f"  tie: {one.name}, {one.lead:.2g} apart, {one.budget:.2g} allowed"
        for one in seen
        if one.sides is Sides.TIE
    ]
    return lines
