"""What was said of the windows of persons not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.sensing.datasets.physics import WithoutModel
from harness.sensing.datasets.tasks import fall_certainty
from harness.sensing.datasets.windows import Window
from harness.sensing.figure import Figure, by_subject, over_subjects


@dataclass(frozen=True)
class Said:
    """A window of a person not trained on, and what was said of it.

    Attributes:
        window: what it is of.
        fold: in which its person was left out.
        probability: [classes], of sum 1.
        earlier: [n, classes], of what was in the ring before, the latest first.
        physics: what the node's own features say, without a model.
    """

    window: Window
    fold: int
    probability: npt.NDArray[np.float64]
    earlier: npt.NDArray[np.float64]
    physics: WithoutModel

    @property
    def right(self) -> bool:
        return int(np.argmax(self.probability)) == self.window.label

    def told(self, fall: int) -> float:
        """How sure a fall is, `fall` being its place among the classes."""
        return fall_certainty([float(one[fall]) for one in self._all], self.physics.grown)

    def told_by_packets(self, fall: int) -> bool:
        """Whether a fall was ahead of all other classes, which is what packets say."""
        ahead = [float(np.argmax(one) == fall) for one in self._all]
        return fall_certainty(ahead, self.physics.grown) > 0

    @property
    def _all(self) -> list[npt.NDArray[np.float64]]:
        return [self.probability, *self.earlier]


def over_folds(
    name: str,
    said: Sequence[Said],
    statistic: Callable[[list[Said]], float],
    target: float | None = None,
) -> Figure:
    """The mean over folds, and the interval of drawing persons again."""
    folds = [[one for one in said if one.fold == fold] for fold in sorted({s.fold for s in said})]
    value = float(np.nanmean([statistic(ones) for ones in folds])) if folds else None
    persons = by_subject(list(said), lambda one: one.window.person)
    return Figure(name, value, target, interval=over_subjects(persons, statistic))
