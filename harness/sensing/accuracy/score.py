"""Right or wrong, window by window, and where the device says another class than the oracle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from harness.cli.console import table_text

Counts = npt.NDArray[np.int64]


class Sides(Enum):
    """How the device's class and the oracle's stand to each other."""

    SAME = "same"
    TIE = "tie"
    """Another class, and the oracle's lead over it is within both errors."""
    OTHER = "other"


@dataclass(frozen=True)
class Judged:
    """One window. label, device, oracle: classes. lead: by how much the oracle's class leads the
    device's, in logits; budget: what the errors of those two logits may add up to."""

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
    """From the oracle's logits [n_classes] and their budget [n_classes]."""
    top = int(np.argmax(oracle))
    lead, budget = oracle[top] - oracle[device], limit[top] + limit[device]
    return Judged(name, person, label, device, top, float(lead), float(budget))


@dataclass(frozen=True)
class Score:
    """confusion: [n_classes, n_classes] windows, label by said."""

    confusion: Counts

    @property
    def windows(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of the windows that are right; 0 without any."""
        return float(np.trace(self.confusion) / max(self.windows, 1))

    @property
    def recall(self) -> npt.NDArray[np.float64]:
        """[n_classes]; nan where a class has no window."""
        return _shares(np.diag(self.confusion), self.confusion.sum(axis=1))

    @property
    def precision(self) -> npt.NDArray[np.float64]:
        """[n_classes]; nan where a class was never said."""
        return _shares(np.diag(self.confusion), self.confusion.sum(axis=0))

    @property
    def macro_f1(self) -> float:
        """The mean over the classes that have windows; one that is never right counts 0."""
        of = self.confusion
        both = of.sum(axis=0) + of.sum(axis=1)
        has_any = of.sum(axis=1) > 0
        f1 = 2 * np.diag(of) / np.maximum(both, 1)
        return float(f1[has_any].mean()) if has_any.any() else 0.0


def score_of(labels: Sequence[int], said: Sequence[int], n_classes: int) -> Score:
    """The score of what was said."""
    confusion = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(confusion, (np.asarray(labels, int), np.asarray(said, int)), 1)
    return Score(confusion)


def _shares(part: Counts, whole: Counts) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


def accuracy_table(
    name: str,
    classes: Sequence[str],
    device: Score,
    oracle: Score,
    seen: Sequence[Judged],
) -> str:
    """Device beside oracle, class by class, and how often they say the same."""
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
