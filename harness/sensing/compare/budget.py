"""How far a float32 implementation may lie from the float64 oracle, and why.

Notation: u = 2^-24 is float32's unit roundoff, C the number of candidates of a token, d the head
dimension, s_j the score of candidate j, w_j its softmax weight, v_j its value.

Attention. The output is sum_j w_j v_j over C candidates, and a computed one differs because

- a score is a float32 dot product of d terms: off by about sqrt(d)·u·S, S = sum|q||k|/sqrt(d);
  inputs of unit size make S about 4, so this is some 1e-6, of both signs over the candidates;
- exp is off by at most 2 ulp, relative to each weight: 4u;
- the weighted sum and the normaliser are float32 sums of C positive weights: about sqrt(C)·u each.

The output is a convex combination, so all of it scales with max|v|: 2e-6·max|v| (33 u). Float16
storage adds nothing: both sides round the same weights and the same cached keys first.

That only holds while S is of the order of one. A float32 score carries an absolute error
proportional to S, and softmax turns an absolute error of a score into a relative error of a weight.
For inputs that make S huge, `conditioned_attention_budget` adds exactly that effect and no more.

Logits. logits = pooled·Wc; 1e-5 times sum_i |pooled_i||Wc_ic|, the largest magnitude that could
have cancelled: the layers before leave a relative error of a few 1e-6 on `pooled`, the last product
adds sqrt(D)·u.

That supposes that a layer's sums are not much larger than what comes out of them. Attention is a
mean; but an input scale and an MLP can cancel (`harness/sensing/compare/model.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from harness.compare.budget import UNIT_ROUNDOFF, Budget, Float64, Term
from harness.sensing.compare.pattern import sight
from kernels_ref import SparseAttentionConfig

SMALLEST_DENORMAL = 2.0**-149
ATTENTION_RELATIVE = 2e-6
LOGITS_RELATIVE = 1e-5
# Beyond this share of max|v| a comparison says nothing: the output is bounded by max|v| anyway.
MEANINGFUL_SHARE = 1e-2


class BudgetMeaningless(ValueError):
    """The inputs are so ill-conditioned that any output would pass: the case is wrongly chosen."""

    def __init__(self, share: float) -> None:
        self.share = share
        super().__init__(
            f"the budget is {share:.3g} of max|v|: rounding decides this result, so it cannot be"
            " judged; separate the scores further or make them exact"
        )


def attention_budget(v: ArrayLike) -> Budget:
    """Return the budget of attention over values `v` whose scores are of ordinary size."""
    v_max = _largest(v)
    return Budget(
        (
            Term(
                "2e-6·max|v|",
                np.asarray(ATTENTION_RELATIVE * v_max),
                f"float32 scores, exp and weighted sum, max|v| = {v_max:.6g}",
            ),
            _underflow(),
        )
    )


def conditioned_attention_budget(
    q: ArrayLike, k: ArrayLike, v: ArrayLike, config: SparseAttentionConfig
) -> Budget:
    """Return the budget for scores so large that their own rounding shows in the weights.

    q [n, Hq, d], k and v [n, Hkv, d]. To the base comes, with j* the heaviest candidate,

        sum_{j != j*} (w_j / w_j*) · (exp(e_j + e_j*) - 1) · |v_j - out|,
        e_j = (d + B + 2)·u·sum|q||k_j| / sqrt(d)

    e_j bounds the float32 error of score j (d products and sums, the scaling, and for a landmark
    the B terms of its mean; Higham, "Accuracy and Stability of Numerical Algorithms", §3.1). A
    score moved by at most e_j moves its weight against the heaviest one by at most that exponent.
    Plain loops over tokens: meant for sequences of a few dozen.

    Raises BudgetMeaningless when the result would allow almost any output.
    """
    qd, kd, vd = (np.asarray(x, np.float64) for x in (q, k, v))
    extra = np.zeros(qd.shape)
    for i in range(qd.shape[0]):
        for h in range(qd.shape[1]):
            g = h // (qd.shape[1] // kd.shape[1])
            extra[i, h] = _score_rounding(qd[i, h], kd[:, g], vd[:, g], i, config)
    base = attention_budget(vd)
    v_max = _largest(vd)
    if extra.max(initial=0.0) > MEANINGFUL_SHARE * v_max:
        raise BudgetMeaningless(float(extra.max() / v_max))
    return Budget(
        (
            *base.terms,
            Term(
                "score rounding",
                extra,
                "huge scores: a float32 score is off by up to (d+B+2)·2^-24·Σ|q||k|/√d,"
                " which is a relative error of its weight",
            ),
        )
    )


def logits_budget(pooled: ArrayLike, classifier: ArrayLike) -> Budget:
    """Return the budget of logits = pooled·Wc, pooled [D] and Wc [D, n_classes] from the oracle."""
    scale = np.abs(np.asarray(pooled, np.float64)) @ np.abs(np.asarray(classifier, np.float64))
    largest = float(scale.max(initial=0.0))
    return Budget(
        (
            Term(
                "1e-5·scale",
                np.asarray(LOGITS_RELATIVE * largest),
                f"float32 through all layers, scale = max_c Σ|pooled||Wc| = {largest:.6g}",
            ),
            _underflow(),
        )
    )


def _underflow() -> Term:
    return Term(
        "underflow",
        np.asarray(64 * SMALLEST_DENORMAL),
        "products below 2^-149 vanish, a few dozen of them a sum",
    )


def _largest(values: ArrayLike) -> float:
    return float(np.abs(np.asarray(values, np.float64)).max(initial=0.0))


def _score_rounding(
    q: Float64, k: Float64, v: Float64, i: int, config: SparseAttentionConfig
) -> Float64:
    """The formula above for one token and query head; q [d], k and v [n, d] -> [d]."""
    d = q.shape[0]
    seen = sight(i, k.shape[0], config)
    groups = [[t] for t in seen.tokens] + [list(b) for b in seen.blocks.values()]
    keys = np.stack([k[list(g)].mean(axis=0) for g in groups])
    sizes = np.stack([np.abs(k[list(g)]).mean(axis=0) for g in groups])
    values = np.stack([v[list(g)].mean(axis=0) for g in groups])
    scores = keys @ q / np.sqrt(d)
    errors = (d + config.block_size + 2) * UNIT_ROUNDOFF * (sizes @ np.abs(q)) / np.sqrt(d)
    top = int(np.argmax(scores))
    relative = np.exp(scores - scores[top])
    out = relative @ values / relative.sum()
    # exp(s + e) - exp(s), with both exponents taken before they can overflow or meet as inf·0
    shifted = np.exp(np.minimum(scores - scores[top] + errors + errors[top], 700.0))
    moved = np.where(np.arange(len(groups)) == top, 0.0, shifted - relative)
    term: Float64 = moved @ np.abs(values - out)
    return term
