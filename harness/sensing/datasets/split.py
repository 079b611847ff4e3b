"""Splits persons into training and test: nobody is on both sides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol, TypeVar

import numpy as np

from harness.errors import BenchError

FOLDS = 5
"""How many parts the persons are split into; each part is left out in its turn."""
SPLIT_SEED = 12
"""The seed of the split, which does not depend on a training's seed."""


class Shown(Protocol):
    """Something that shows a person."""

    @property
    def person(self) -> str: ...


Of = TypeVar("Of", bound=Shown)


class PersonOnBothSides(BenchError):
    """A model recognises persons of its training, so nothing measured on them is its accuracy."""

    def __init__(self, persons: Collection[str]) -> None:
        named = ", ".join(sorted(persons)[:3])
        super().__init__(
            f"{len(persons)} persons are in the training and in the test: {named}.",
            "Split by person, never by window.",
        )
        self.persons = frozenset(persons)


class TooFewPersons(BenchError):
    """Fewer persons than folds."""

    def __init__(self, persons: int, folds: int) -> None:
        super().__init__(
            f"{persons} persons cannot be split into {folds} folds.",
            "Record more persons, or take fewer folds.",
        )


def check_apart(training: Iterable[Shown], test: Iterable[Shown]) -> None:
    """Raises PersonOnBothSides."""
    both = {one.person for one in training} & {one.person for one in test}
    if both:
        raise PersonOnBothSides(both)


def folds_of(persons: Collection[str], folds: int, seed: int) -> list[frozenset[str]]:
    """The persons of each fold: drawn by the seed, the same on every machine, and of each data set
    as many in every fold as in the others, or one more.

    persons: as `person_of` names them, the data set before the first slash.

    Raises: TooFewPersons.
    """
    ordered = sorted(set(persons))
    if folds < 2 or len(ordered) < folds:
        raise TooFewPersons(len(ordered), folds)
    drawn = [ordered[i] for i in np.random.default_rng(seed).permutation(len(ordered))]
    drawn.sort(key=lambda person: person.partition("/")[0])
    return [frozenset(drawn[fold::folds]) for fold in range(folds)]


def apart(ones: Sequence[Of], held_out: Collection[str]) -> tuple[list[Of], list[Of]]:
    """Those of all other persons, and those of the persons held out."""
    training = [one for one in ones if one.person not in held_out]
    test = [one for one in ones if one.person in held_out]
    check_apart(training, test)
    return training, test
