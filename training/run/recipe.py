"""How a training is done, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.sensing.datasets.tasks import ACTIONS_TASK, MOVING_TASK


@dataclass(frozen=True)
class Recipe:
    """How a model of a task is trained.

    Attributes:
        epochs: an epoch has `draws` windows, in batches of `batch`.
        rate: the highest learning rate; it rises for a seventh of the time and falls as a cosine.
        decay: of the weights.
        average: the share of the averaged weights that each step keeps; they become the model.
        smoothing: of the labels.
        mixing: parameter of the beta distribution of the shares of two mixed windows.
        dropout: of the tokens' features, and of what stem, attention and MLP add.
        pooled_dropout: of what is classified.
        disturbed: how often a disturbed copy of a recording is used.
        copies: how many disturbed copies each recording has.
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
        """The number of steps of the whole training."""
        return self.epochs * (self.draws // self.batch)

    def quick(self) -> Recipe:
        """The same with a third of the epochs, for a quick look."""
        return replace(self, epochs=max(1, self.epochs // 3))


RECIPES: dict[str, Recipe] = {
    # A quarter is lying still: a node sees it most, and must not take it for a fall.
    ACTIONS_TASK.name: Recipe(shares=(0.15, 0.15, 0.15, 0.15, 0.15, 0.25)),
    MOVING_TASK.name: Recipe(
        epochs=40, rate=4e-3, pooled_dropout=0.1, stretch=0.0, shares=(0.34, 0.33, 0.33)
    ),
}
"""Of each task; the project's own models were trained by them."""
