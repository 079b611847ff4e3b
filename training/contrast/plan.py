"""Which trainings a gate takes, and their figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.sensing.datasets.split import FOLDS, SPLIT_SEED, folds_of
from harness.sensing.gate.figures import Figures
from harness.sensing.gate.order import neighbour_orders, rank_one
from kernels_ref.head import Backend
from training.contrast.train import Budget, Trained, train
from training.contrast.windows import Windows

Tell = Callable[[str], None]
Keep = Callable[[Figures], None]
Float64 = npt.NDArray[np.float64]

_BOTH = (Backend.DENSE, Backend.SPARSE)


@dataclass(frozen=True)
class Plan:
    """seeds: of each fold. folds: how many of the five parts of the persons are left out, each in
    its turn."""

    seeds: int
    folds: int
    budget: Budget

    @property
    def trainings(self) -> int:
        return self.seeds * self.folds * len(_BOTH)


def parts_of(persons: Sequence[str], folds: int) -> list[list[int]]:
    """Places in `persons` of the first `folds` of five parts of them, the same ones in every run;
    of fewer than five persons there is one in a part."""
    parts = folds_of(persons, min(FOLDS, len(persons)), SPLIT_SEED)
    return [[i for i, person in enumerate(persons) if person in part] for part in parts[:folds]]


def run(plan: Plan, windows: Windows, tell: Tell, keep: Keep = lambda _figures: None) -> Figures:
    """Every training of the plan, one after another; `keep` gets what is known after each fold."""
    parts = parts_of(windows.persons, plan.folds)
    progress = _Progress(plan, tell)
    columns: list[dict[str, Float64]] = []
    for done, part in enumerate(parts, 1):
        unseen = windows.of(part)
        seen = windows.chosen(~np.isin(windows.person, part))
        trained = {
            (backend, seed): train(seen, unseen, backend, seed, plan.budget, progress.step)
            for seed in range(plan.seeds)
            for backend in progress.each(_BOTH)
        }
        columns += [_of_person(trained, unseen, person, plan.seeds) for person in part]
        figures = _figures(columns, plan, windows, parts[:done])
        keep(figures)
    return figures


def _figures(
    columns: list[dict[str, Float64]], plan: Plan, windows: Windows, parts: list[list[int]]
) -> Figures:
    matrices = {name: np.array([column[name] for column in columns]).T for name in columns[0]}
    told = {
        "persons": len(windows.persons),
        "unseen": sum(map(len, parts)),
        "folds": len(parts),
        "seeds": plan.seeds,
        "steps": plan.budget.steps,
        "batch": plan.budget.batch,
        "windows": len(windows.x),
        "length": windows.x.shape[1],
        "persons_in_a_fold": len(parts[0]),
    }
    return Figures(**matrices, told=told)


def _of_person(
    trained: dict[tuple[Backend, int], Trained], unseen: Windows, person: int, seeds: int
) -> dict[str, Float64]:
    """One person's figures, a value a seed."""
    theirs = unseen.person == person
    dense, sparse = ([trained[backend, seed] for seed in range(seeds)] for backend in _BOTH)

    def rank(some: Trained) -> Float64:
        return rank_one(some.embeddings, unseen.person, unseen.recording).astype(np.float64)

    def order(pairs: Iterator[tuple[Trained, Trained]]) -> Float64:
        return np.array(
            [neighbour_orders(a.embeddings, b.embeddings)[theirs].mean() for a, b in pairs]
        )

    return {
        "dense_loss": np.array([one.loss[theirs].mean() for one in dense]),
        "sparse_loss": np.array([one.loss[theirs].mean() for one in sparse]),
        "dense_rank1": np.array([rank(one)[theirs].mean() for one in dense]),
        "sparse_rank1": np.array([rank(one)[theirs].mean() for one in sparse]),
        "order": order(zip(dense, sparse, strict=True)),
        "order_floor": order(zip(dense, [*dense[1:], dense[0]], strict=True)),
    }


class _Progress:
    """Steps done of all, and the time that is left."""

    def __init__(self, plan: Plan, tell: Tell) -> None:
        self._all = plan.trainings * plan.budget.steps
        self._trainings, self._tell = plan.trainings, tell
        self._begun, self._done, self._number, self._name = time.monotonic(), 0, 0, ""

    def each(self, backends: Sequence[Backend]) -> Iterator[Backend]:
        for backend in backends:
            self._number += 1
            self._name = backend.value
            yield backend

    def step(self, _step: int) -> None:
        self._done += 1
        left = (time.monotonic() - self._begun) / self._done * (self._all - self._done)
        self._tell(
            f"training {self._number} of {self._trainings} ({self._name}): "
            f"{self._done / self._all:4.0%}, {left / 60:.0f} min left"
        )
