"""Batches of windows drawn from streams, changed as another day or person might change them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.sensing.datasets.tasks import Task
from training.run.recipe import Recipe
from training.run.streams import FINE_HOP, Stream, Values

Labels = npt.NDArray[np.float32]


def statistics(streams: Sequence[Stream]) -> tuple[Values, Values]:
    """Mean and standard deviation of the features, [16] each, with the same weight for each class.

    The streams should be those of training only. A feature that never changes has deviation 1.
    """
    by_class: dict[int, list[Values]] = {}
    for one in streams:
        by_class.setdefault(one.label, []).append(one.copies[0])
    parts = [np.concatenate(values).astype(np.float64) for values in by_class.values()]
    mean = np.mean([part.mean(axis=0) for part in parts], axis=0)
    square = np.mean([(part**2).mean(axis=0) for part in parts], axis=0)
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    return mean.astype(np.float32), np.where(spread > 0, spread, 1.0).astype(np.float32)


class Draws:
    """Draws windows: a class by its share, a person of that class, a stream of that person.

    What is added is in units of the features' deviations. The windows of a batch have one length.
    """

    def __init__(
        self, task: Task, streams: Sequence[Stream], recipe: Recipe, hop: int, deviation: Values
    ) -> None:
        self._task, self._recipe, self._deviation = task, recipe, deviation
        self._step = hop / FINE_HOP
        self._by_class: list[list[list[Stream]]] = []
        for label in range(len(task.classes)):
            persons: dict[str, list[Stream]] = {}
            for one in streams:
                if one.label == label:
                    persons.setdefault(one.person, []).append(one)
            self._by_class.append(list(persons.values()))
        present = np.array([bool(persons) for persons in self._by_class])
        shares = np.asarray(recipe.shares or [1.0] * len(task.classes)) * present
        self._shares = shares / shares.sum()

    def batch(self, rng: np.random.Generator) -> tuple[Values, Labels]:
        """Windows [batch, T, 16], and the share of each class in them [batch, classes]."""
        recipe, classes = self._recipe, len(self._task.classes)
        longest = self._task.frames
        frames = int(rng.integers(int(longest * recipe.shortest), longest + 1))
        labels = rng.choice(classes, recipe.batch, p=self._shares)
        windows = np.stack(
            [self._window(self._stream(label, rng), frames, rng) for label in labels]
        )
        wanted = np.full((recipe.batch, classes), recipe.smoothing / classes, np.float32)
        wanted[np.arange(recipe.batch), labels] += 1 - recipe.smoothing
        return self._mixed(self._changed(windows, rng), wanted, rng)

    def _stream(self, label: int, rng: np.random.Generator) -> Stream:
        persons = self._by_class[label]
        theirs = persons[rng.integers(len(persons))]
        return theirs[rng.integers(len(theirs))]

    def _window(self, stream: Stream, frames: int, rng: np.random.Generator) -> Values:
        others = len(stream.copies) - 1
        is_disturbed = others and rng.random() < self._recipe.disturbed
        values = stream.copies[rng.integers(1, others + 1) if is_disturbed else 0]
        step = self._step * np.exp(rng.normal(0.0, self._recipe.stretch))
        begin = rng.uniform(0.0, max(0.0, len(values) - frames * step))
        places = np.rint(begin + np.arange(frames) * step).astype(np.int64)
        return values[np.minimum(places, len(values) - 1)]

    def _changed(self, windows: Values, rng: np.random.Generator) -> Values:
        n, _, features = windows.shape
        recipe = self._recipe
        added = rng.normal(0.0, recipe.offset, (n, 1, features))
        added = added + rng.normal(0.0, recipe.common, (n, 1, 1))
        added = added + rng.normal(0.0, recipe.noise, windows.shape)
        return windows + (added * self._deviation).astype(np.float32)

    def _mixed(
        self, windows: Values, wanted: Labels, rng: np.random.Generator
    ) -> tuple[Values, Labels]:
        if not self._recipe.mixing:
            return windows, wanted
        share = np.float32(rng.beta(self._recipe.mixing, self._recipe.mixing))
        other = rng.permutation(len(windows))
        return (
            share * windows + (1 - share) * windows[other],
            share * wanted + (1 - share) * wanted[other],
        )
