"""The judge of one test: comparisons that know how to repeat the test and that are recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.compare import (
    Budget,
    Comparison,
    Labels,
    compare,
    same_bits,
)
from harness.sensing.compare.budget import attention_budget, conditioned_attention_budget
from hil_tests.support.attention_case import AttentionCase
from hil_tests.support.inputs import EXP_OVERFLOWS_ABOVE, Tensors

ATTENTION_AXES = ("token", "head", "dim")
# Inputs whose scores are so large that their own rounding shows: budget with the conditioning term.
HUGE_SCORES = frozenset({"large", "winner_takes_all", "far_ends", "equal_scores", "very_negative"})


@dataclass(frozen=True)
class Judge:
    """`repeat` is the command that runs exactly this test again."""

    repeat: str
    record: Callable[[Comparison], None]

    def labels(self, what: str, *axes: str) -> Labels:
        """Return labels of this test."""
        return Labels(what, axes, self.repeat)

    def within(
        self,
        what: str,
        axes: tuple[str, ...],
        actual: ArrayLike,
        truth: ArrayLike,
        budget: Budget,
        explain: Callable[[], str | None] | None = None,
    ) -> Comparison:
        """Demand `actual` within `budget` of `truth`; the error's share of it is recorded."""
        __tracebackhide__ = True
        return compare(actual, truth, budget, self.labels(what, *axes), self.record, explain)

    def same(self, what: str, axes: tuple[str, ...], first: ArrayLike, second: ArrayLike) -> None:
        """Demand the same bits twice."""
        __tracebackhide__ = True
        same_bits(first, second, self.labels(what, *axes))

    def attention(
        self,
        case: AttentionCase,
        tensors: Tensors,
        actual: ArrayLike,
        truth: ArrayLike | None = None,
        what: str = "attention",
    ) -> Comparison:
        """Demand an attention output [n, Hq, d] within the budget that its inputs call for."""
        __tracebackhide__ = True
        q, k, v = tensors
        if case.inputs in HUGE_SCORES:
            budget = conditioned_attention_budget(q, k, v, case.config)
        else:
            budget = attention_budget(v)
        expected = case.truth(tensors) if truth is None else truth
        return self.within(
            f"{what} {case}",
            ATTENTION_AXES,
            actual,
            expected,
            budget,
            lambda: _not_finite(np.asarray(actual), q, k),
        )


def _not_finite(actual: np.ndarray, q: np.ndarray, k: np.ndarray) -> str | None:
    """Why an output is not finite, where the scores tell."""
    if np.all(np.isfinite(actual)):
        return None
    token, head, _ = (int(x) for x in np.argwhere(~np.isfinite(actual))[0])
    kv = head // (q.shape[1] // k.shape[1])
    scores = k[:, kv].astype(np.float64) @ q[token, head].astype(np.float64) / np.sqrt(q.shape[2])
    reach = float(scores[np.argmax(np.abs(scores))])
    said = f"token {token}, head {head} is not finite; its scores reach {reach:.4g}"
    if abs(reach) > EXP_OVERFLOWS_ABOVE:
        said += (
            f", and a float32 exp leaves its range beyond ±{EXP_OVERFLOWS_ABOVE}:"
            " the softmax does not subtract the maximum before exp"
        )
    return said
