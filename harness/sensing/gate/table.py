"""What `hil gate` prints."""

from __future__ import annotations

from collections.abc import Sequence

from harness.sensing.gate.criteria import LATENCY_BOUND, Criterion, opens
from harness.sensing.gate.figures import LEVEL, Figures, Matrix, interval
from harness.sensing.gate.latency import Latency

_HOLDS = "Every criterion holds: sparse attention may take the place of dense."
_HOLDS_NOT = "Not every criterion holds: sparse attention may not yet take the place of dense."
_SEED_ALONE = "two dense encoders that differ by the seed alone"


def rows(found: Sequence[Criterion]) -> list[list[str]]:
    """Criterion, figure, value, interval, bound, verdict."""
    return [
        [
            criterion.name,
            criterion.figure,
            _number(criterion, criterion.found.value),
            " to ".join(_number(criterion, x) for x in (criterion.found.low, criterion.found.high)),
            f"at {'most' if criterion.at_most else 'least'} {_number(criterion, criterion.bound)}",
            criterion.verdict.value,
        ]
        for criterion in found
    ]


COLUMNS = ("criterion", "figure", "found", f"{LEVEL:.0%} interval", "bound", "verdict")


def sentences(figures: Figures, latency: Latency, found: Sequence[Criterion]) -> list[str]:
    """Sentences on what was trained, and on the figures that have no criterion."""
    return [
        _HOLDS if opens(found) else _HOLDS_NOT,
        _trained(figures),
        f"Loss: dense {_mean(figures.dense_loss)}, sparse {_mean(figures.sparse_loss)} nats.",
        _ranks(figures),
        f"Order: {_SEED_ALONE} reach {_mean(figures.order_floor)}.",
        _latency(latency),
    ]


def _trained(figures: Figures) -> str:
    told = figures.told
    return (
        f"Trained on {told['windows']} windows of {told['length']} spectra of {told['persons']} "
        f"persons, {told['unseen']} of them left out in turn; {told['seeds']} seeds, "
        f"{told['steps']} steps of {told['batch']} windows each."
    )


def _ranks(figures: Figures) -> str:
    chance = 1 / figures.told["persons_in_a_fold"]
    return (
        f"Rank-1: dense {_mean(figures.dense_rank1)}, sparse {_mean(figures.sparse_rank1)}; chance "
        f"is about {chance:.2f}. Where recordings have one session a person, as those in the docs, "
        "this is of a person's session: room, place and day are recognised as well."
    )


def _latency(found: Latency) -> str:
    return (
        f"Latency: attention over {found.window} frames, default head, one thread of this machine: "
        f"naive dense {found.dense_ms:.3g} ms, fast kernel {found.sparse_ms:.3g} ms. The plain "
        f"kernel, loops over scalars as the dense one, takes {found.plain_ms:.3g} ms: "
        f"{found.plain.value:.1f} times as fast as dense, for a bound of {LATENCY_BOUND:g}."
    )


def _number(criterion: Criterion, value: float) -> str:
    return f"{value:.1f}{criterion.unit}" if criterion.unit else f"{value:.3f}"


def _mean(matrix: Matrix) -> str:
    at = interval(lambda some: float(some.mean()), matrix)
    return f"{at.value:.3f} ({at.low:.3f} to {at.high:.3f})"
