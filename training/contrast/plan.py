"""Which trainings a gate needs, and their figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
import numpy.typing as npt

from harness.sensing.datasets.split import FOLDS, SPLIT_SEED, folds_of
from harness.sensing.gate.figures import Figures
from harness.sensing.gate.order import neighbour_orders, rank_one
from kernels_ref.head import Backend
from training.contrast.train import Budget, Trained, train
from training.contrast.windows import Windows
from training.run.progress import Tell

Keep = Callable[[Figures], None]
Float64 = npt.NDArray[np.float64]

_BOTH = (Backend.DENSE, Backend.SPARSE)


@dataclass(frozen=True)
class Plan:
    """seeds: for each fold. folds: how many of the five parts of the persons are left out, one
    after another."""

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
    steps, done = plan.budget.steps, 0
    columns: list[dict[str, Float64]] = []
    for fold, part in enumerate(parts):
        unseen = windows.of(part)
        seen = windows.chosen(~np.isin(windows.person, part))
        trained: dict[tuple[Backend, int], Trained] = {}
        for seed, backend in product(range(plan.seeds), _BOTH):
            name = f"training {done + 1} of {plan.trainings} ({backend.value})"
            on_step = partial(_tell_step, tell, done * steps, plan.trainings * steps, name)
            trained[backend, seed] = train(seen, unseen, backend, seed, plan.budget, on_step)
            done += 1
        columns += [_of_person(trained, unseen, person, plan.seeds) for person in part]
        figures = _figures(columns, plan, windows, parts[: fold + 1])
        keep(figures)
    return figures


def _tell_step(tell: Tell, before: int, steps: int, name: str, step: int) -> None:
    tell(before + step, steps, name)


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
