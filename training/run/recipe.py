"""What a training does, and how long."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.sensing.datasets.tasks import ACTIONS_TASK, MOVING_TASK, Task


@dataclass(frozen=True)
class Recipe:
    """How a model of a task is trained.

    Attributes:
        epochs: an epoch has `draws` windows, in batches of `batch`.
        rate: the highest learning rate; it rises for a seventh of the time and falls as a cosine.
        decay: of the weights.
        average: of the averaged weights, which are the model: what each step leaves of them.
        smoothing: of the labels.
        mixing: parameter of the beta distribution from which two windows' shares are drawn.
        dropout: of the tokens' features, and of what stem, attention and MLP add.
        pooled_dropout: of what is classified.
        disturbed: how often a disturbed copy of a recording is taken.
        copies: how many there are of each.
        stretch: standard deviation of the logarithm of the pace.
        shortest: of a window, as a share of its frames.
        offset, common, noise: standard deviations of what is added to standardised features: a
            constant a feature (carriers that answer otherwise), one for all of them (gain of what
            moves), and to each value.
        shares: of each class among the windows drawn.
    """

    epochs: int = 70
    draws: int = 480
    batch: int = 32
    rate: float = 3e-3
    decay: float = 1e-2
    average: float = 0.995
    smoothing: float = 0.05
    mixing: float = 0.3
    dropout: float = 0.1
    pooled_dropout: float = 0.3
    disturbed: float = 0.25
    copies: int = 1
    stretch: float = 0.05
    shortest: float = 0.72
    offset: float = 0.2
    common: float = 0.2
    noise: float = 0.1
    shares: tuple[float, ...] = ()

    @property
    def steps(self) -> int:
        """Of the whole training."""
        return self.epochs * (self.draws // self.batch)

    def quick(self) -> Recipe:
        """A third of it, for a look."""
        return replace(self, epochs=max(1, self.epochs // 3))


RECIPES: dict[str, Recipe] = {
    # Lying still is a quarter: it is what a node sees most, and must not be taken for a fall.
    ACTIONS_TASK.name: Recipe(shares=(0.15, 0.15, 0.15, 0.15, 0.15, 0.25)),
    MOVING_TASK.name: Recipe(
        epochs=40, rate=4e-3, pooled_dropout=0.1, stretch=0.0, shares=(0.34, 0.33, 0.33)
    ),
}


def recipe_of(task: Task) -> Recipe:
    """The one that the project's own model was trained by."""
    return RECIPES[task.name]
