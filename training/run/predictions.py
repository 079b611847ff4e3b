"""What a model predicts for windows, and the predictions for persons whom it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from harness.sensing.datasets.physics import WithoutModel
from harness.sensing.datasets.tasks import fall_certainty
from harness.sensing.datasets.windows import Features, Window
from harness.sensing.figure import Figure, by_subject, over_subjects
from training.classifier import TemporalClassifierModule

_BATCH = 256


@dataclass(frozen=True)
class Prediction:
    """A window of a person whom the model has not seen, and what the model predicts for it.

    Attributes:
        window: the window.
        fold: the fold in which its person was left out.
        probability: [classes], of sum 1.
        earlier: [n, classes], for the windows before it, the latest first.
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

    def fall_certainty(self, fall: int) -> float:
        """How sure a fall is; `fall`: its place among the classes."""
        return fall_certainty([float(one[fall]) for one in self._all], self.physics.grown)

    def is_fall_by_packets(self, fall: int) -> bool:
        """Whether a fall is ahead of all other classes, which is all that packets say."""
        ahead = [float(np.argmax(one) == fall) for one in self._all]
        return fall_certainty(ahead, self.physics.grown) > 0

    @property
    def _all(self) -> list[npt.NDArray[np.float64]]:
        return [self.probability, *self.earlier]


def over_folds(
    name: str,
    predictions: Sequence[Prediction],
    statistic: Callable[[list[Prediction]], float],
    target: float | None = None,
) -> Figure:
    """The mean over the folds, with the interval that drawing the persons again gives."""
    folds = [
        [one for one in predictions if one.fold == fold]
        for fold in sorted({p.fold for p in predictions})
    ]
    value = float(np.nanmean([statistic(ones) for ones in folds])) if folds else None
    persons = by_subject(list(predictions), lambda one: one.window.person)
    return Figure(name, value, target, interval=over_subjects(persons, statistic))


@torch.no_grad()
def probabilities(
    model: TemporalClassifierModule, windows: Sequence[Features]
) -> npt.NDArray[np.float64]:
    """The probabilities [windows, classes], each row of sum 1, of windows [T, D]."""
    by_length: dict[int, list[int]] = {}
    for place, window in enumerate(windows):
        by_length.setdefault(len(window), []).append(place)
    out = np.zeros((len(windows), model.shape.n_classes))
    for places in by_length.values():
        for start in range(0, len(places), _BATCH):
            some = places[start : start + _BATCH]
            features = np.stack([windows[place] for place in some])
            logits = model(torch.from_numpy(features)).double()
            out[some] = logits.softmax(dim=-1).numpy()
    return out
