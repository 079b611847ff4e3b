"""The budgets: their size, and that they hold for float32 and not for wrong results."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from harness.compare import (
    Budget,
    Labels,
    ToleranceExceeded,
    compare,
)
from harness.sensing.compare.budget import (
    BudgetMeaningless,
    attention_budget,
    conditioned_attention_budget,
    logits_budget,
)
from harness.sensing.compare.model import expected_logits
from harness.sensing.compare.pattern import sight
from kernels_ref import (
    ModelShape,
    SparseAttentionConfig,
    TemporalClassifier,
    WeightBlob,
    init_random_blob,
    sparse_attention,
)
from kernels_ref.blob_layout import cut

CONFIG = SparseAttentionConfig(window=4, block_size=4)
LABELS = Labels("attention", ("token", "head", "dim"))


def tensors(n: int, scale: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    q, k = ((scale * rng.standard_normal((n, h, 8))).astype(np.float32) for h in (4, 2))
    return q, k, rng.standard_normal((n, 2, 8)).astype(np.float32)


def float64(*arrays: np.ndarray) -> list[np.ndarray]:
    return [a.astype(np.float64) for a in arrays]


def test_the_base_is_two_millionths_of_the_largest_value() -> None:
    v = np.array([[[0.5, -3.0]]])
    assert attention_budget(v).limit((1, 1, 2)) == pytest.approx(6e-6, rel=1e-9)


def test_a_budget_says_its_terms_at_an_element_with_their_reasons() -> None:
    v = np.array([[[0.5, -3.0]]])
    assert attention_budget(v).describe((1, 1, 2), (0, 0, 1)).splitlines() == [
        "6e-06 2e-6·max|v|: float32 scores, exp and weighted sum, max|v| = 3",
        "8.97e-44 underflow: products below 2^-149 vanish, a few dozen of them a sum",
    ]
    assert logits_budget([1.0, -2.0], [[3.0], [1.5]]).describe((1,), (0,)).splitlines() == [
        "6e-05 1e-5·scale: float32 through all layers, scale = max_c Σ|pooled||Wc| = 6",
        "8.97e-44 underflow: products below 2^-149 vanish, a few dozen of them a sum",
    ]


def test_the_conditioning_term_says_its_own_share_of_each_element() -> None:
    q, k, v = tensors(40, 12.0, 0)
    budget = conditioned_attention_budget(q, k, v, CONFIG)
    (base, _, extra) = budget.terms
    assert [term.name for term in budget.terms] == ["2e-6·max|v|", "underflow", "score rounding"]
    assert extra.value.shape == q.shape and (extra.value >= 0).all() and extra.value.max() > 0
    index = tuple(int(i) for i in np.unravel_index(int(extra.value.argmax()), q.shape))
    assert budget.describe(q.shape, index).splitlines()[2] == (
        f"{extra.value[index]:.3g} score rounding: huge scores: a float32 score is off by up to"
        " (d+B+2)·2^-24·Σ|q||k|/√d, which is a relative error of its weight"
    )
    assert budget.limit(q.shape)[index] == pytest.approx(float(base.value) + extra.value[index])


def score_rounding_by_hand(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, i: int, h: int, config: SparseAttentionConfig
) -> np.ndarray:
    """The formula in the docstring of `conditioned_attention_budget`, candidate by candidate."""
    d, g = q.shape[2], h // (q.shape[1] // k.shape[1])
    seen = sight(i, q.shape[0], config)
    scores, errors, values = [], [], []
    for tokens in (*([t] for t in seen.tokens), *map(list, seen.blocks.values())):
        key, size = k[tokens, g].mean(axis=0), np.abs(k[tokens, g]).mean(axis=0)
        scores.append(sum(a * b for a, b in zip(q[i, h], key, strict=True)) / d**0.5)
        large = sum(abs(a) * b for a, b in zip(q[i, h], size, strict=True)) / d**0.5
        errors.append((d + config.block_size + 2) * 2.0**-24 * large)
        values.append(v[tokens, g].mean(axis=0))
    best = max(range(len(scores)), key=scores.__getitem__)
    weights = [np.exp(score - scores[best]) for score in scores]
    out = sum(w * x for w, x in zip(weights, values, strict=True)) / sum(weights)
    term = np.zeros(d)
    for j in range(len(scores)):
        if j != best:
            moved = np.expm1(errors[j] + errors[best])
            term += weights[j] * moved * np.abs(values[j] - out)
    return term


def near_scores() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Large scores that lie near each other: every candidate has its part in the term.

    No two dimensions are the same size."""
    rng = np.random.default_rng(11)
    q = 60.0 + rng.standard_normal((13, 4, 3))
    k = 1.0 + 0.01 * rng.standard_normal((13, 2, 3))
    return q, k, rng.standard_normal((13, 2, 3))


def test_the_conditioning_term_is_the_formula_at_every_element() -> None:
    q, k, v = near_scores()
    config = SparseAttentionConfig(window=2, block_size=5)
    limit = conditioned_attention_budget(q, k, v, config).limit(q.shape)
    term = limit - attention_budget(v).limit(q.shape)
    for i, h in np.ndindex(13, 4):
        by_hand = score_rounding_by_hand(q, k, v, i, h, config)
        assert term[i, h] == pytest.approx(by_hand, rel=1e-6, abs=1e-12), (i, h)


def test_what_is_meaningless_does_not_depend_on_the_size_of_the_values() -> None:
    q, k, v = near_scores()
    for scale in (1e-3, 1.0, 1e3):
        conditioned_attention_budget(q, k, scale * v, CONFIG)
    shares = []
    for scale in (1e-3, 1.0, 1e3):
        with pytest.raises(BudgetMeaningless) as refused:
            conditioned_attention_budget(1e3 * q, 1 + 1e-3 * (k - 1), scale * v, CONFIG)
        shares.append(refused.value.share)
    assert shares == pytest.approx([shares[1]] * 3, rel=1e-9)
    assert str(refused.value).startswith(f"the budget is {shares[1]:.3g} of max|v|:")


def test_budgets_are_float64_whatever_they_are_made_from() -> None:
    """300 · 300 is beyond float16."""
    large = np.full((1, 1), 300.0, np.float16)
    assert float(logits_budget(large[0], large).limit((1,))[0]) == pytest.approx(0.9)
    assert float(logits_budget(large[0].astype(np.float64), large).limit((1,))[0]) < np.inf
    q = np.full((2, 1, 4), 300.0, np.float16)
    v = np.ones((2, 1, 4), np.float16)
    limit = conditioned_attention_budget(q, q, v, CONFIG).limit(q.shape)
    assert limit == pytest.approx(np.full(q.shape, 2e-6))  # equal values: nothing to weigh wrongly


def test_the_size_of_an_integer_is_not_one_of_its_type() -> None:
    """Of int8 there is no 128, so that -128 would be its own size."""
    lowest = np.array([-128], np.int8)
    assert attention_budget(lowest[None, None]).limit((1, 1, 1)) == pytest.approx(2.56e-4)
    assert logits_budget(lowest, [[1.0]]).limit((1,)) == pytest.approx(1.28e-3)
    assert logits_budget([1.0], lowest[None]).limit((1,)) == pytest.approx(1.28e-3)


def test_values_that_are_all_zero_leave_room_for_underflow_only() -> None:
    q, k, v = near_scores()
    limit = conditioned_attention_budget(q, k, 0 * v, CONFIG).limit(q.shape)
    assert 0 < limit.max() < 1e-42


def test_small_scales_have_small_budgets() -> None:
    assert attention_budget(np.full((1, 1, 1), 1e-3)).limit(()) == pytest.approx(2e-9)
    assert logits_budget([1e-3], [[1.0]]).limit((1,)) == pytest.approx(1e-8)


def test_of_nothing_there_is_a_budget_too() -> None:
    none = np.zeros((0, 1, 1))
    assert attention_budget(none).limit(none.shape).size == 0
    assert conditioned_attention_budget(none, none, none, CONFIG).limit(none.shape).size == 0
    assert logits_budget(np.zeros(2), np.zeros((2, 0))).limit((0,)).size == 0


def test_denormal_values_leave_room_for_underflow_only() -> None:
    limit = float(attention_budget(np.full((1, 1, 1), 1e-41)).limit(()))
    assert 1e-44 < limit < 1e-42


@pytest.mark.parametrize("seed", range(3))
def test_float32_arithmetic_stays_within_the_base(seed: int) -> None:
    q, k, v = tensors(40, 1.0, seed)
    truth = sparse_attention(*float64(q, k, v), CONFIG)
    compare(sparse_attention(q, k, v, CONFIG), truth, attention_budget(v), LABELS)


@pytest.mark.parametrize("seed", range(3))
def test_large_scores_stay_within_the_conditioning_term(seed: int) -> None:
    q, k, v = tensors(40, 12.0, seed)
    truth = sparse_attention(*float64(q, k, v), CONFIG)
    out = sparse_attention(q, k, v, CONFIG)
    outcome = compare(out, truth, conditioned_attention_budget(q, k, v, CONFIG), LABELS)
    assert outcome.ratio > 1e-3, "the term is far wider than what it is for"


@pytest.mark.parametrize("seed", range(3))
def test_large_scores_do_need_the_conditioning_term(seed: int) -> None:
    q, k, v = tensors(200, 24.0, seed)
    truth = sparse_attention(*float64(q, k, v), CONFIG)
    with pytest.raises(ToleranceExceeded):
        compare(sparse_attention(q, k, v, CONFIG), truth, attention_budget(v), LABELS)


def test_a_clear_winner_gets_no_extra_room_however_huge_the_scores() -> None:
    q, k, v = (np.zeros((10, 1, 2)) for _ in range(3))
    q[..., 0], k[..., 0], v[..., 0] = 1e18, np.arange(10)[:, None] * 1e12, 1.0
    config = SparseAttentionConfig(window=4, block_size=4, use_landmarks=False)
    limit = conditioned_attention_budget(q, k, v, config).limit((10, 1, 2))
    assert limit.max() == pytest.approx(2e-6)


def test_a_case_that_rounding_decides_is_refused() -> None:
    q, k, v = (np.ones((2, 1, 1)) for _ in range(3))
    q[:], v[1] = 1e8, -1.0  # two equal scores of 1e8, each uncertain by several units
    with pytest.raises(BudgetMeaningless) as refused:
        conditioned_attention_budget(q, k, v, CONFIG)
    assert refused.value.share > 0.01
    assert str(refused.value) == (
        f"the budget is {refused.value.share:.3g} of max|v|: rounding decides this result, so it"
        " cannot be judged; separate the scores further or make them exact"
    )


def test_the_scale_of_logits_is_what_could_have_cancelled() -> None:
    pooled, classifier = np.array([1.0, -2.0]), np.array([[3.0, 1.0], [1.5, 0.0]])
    assert logits_budget(pooled, classifier).limit((2,)) == pytest.approx(6e-5)


EXTENDED = ModelShape(4, 2, 1, 4, 2, 3, mlp_width=32, input_affine=True)
WITH_STEM = dataclasses.replace(EXTENDED, stem_taps=3, stem_width=32)
CONVOLVED = dataclasses.replace(EXTENDED, conv_taps=3, conv_stride=2, conv_width=4)


def extended(shape: ModelShape, bias: float, offset: float) -> WeightBlob:
    """Hidden units of size `bias` that cancel, and frames far from the middle."""
    weights = WeightBlob.parse(init_random_blob(shape)).weights * np.float32(10)
    parts = cut(shape, weights)
    assert parts.affine is not None
    parts.affine.scale[:], parts.affine.offset[:] = 0.7, -0.7 * offset
    for mlp in [parts.stem] if parts.stem else parts.mlps:
        mlp.b1[:] = bias
        mlp.w2[16:] = -mlp.w2[:16]
    return WeightBlob(shape, weights)


@pytest.mark.parametrize(
    "shape", [EXTENDED, WITH_STEM, CONVOLVED], ids=["layers", "stem", "convolution"]
)
@pytest.mark.parametrize(("bias", "offset"), [(1e4, 0), (0, 1e4), (1e4, 1e4)])
def test_float32_keeps_within_the_sums_that_cancel(
    shape: ModelShape, bias: float, offset: float
) -> None:
    blob = extended(shape, bias, offset)
    model = TemporalClassifier.from_blob(blob)
    labels = Labels("logits", ("class",))
    ratios = []
    for seed in range(8):
        noise = np.random.default_rng(seed).standard_normal((40, 4))
        frames = (offset + noise).astype(np.float32)
        expected, own = expected_logits(blob, frames), model.logits(frames)
        ratios.append(compare(own, expected.logits, expected.budget, labels).ratio)
        with pytest.raises(ToleranceExceeded):
            compare(own, expected.logits, Budget(expected.budget.terms[:-1]), labels)
    assert max(ratios) > 1e-2, "the term is far wider than what it is for"


def test_a_plain_model_has_the_budget_of_its_logits_alone() -> None:
    blob = WeightBlob.parse(init_random_blob())
    frames = np.random.default_rng(1).standard_normal((40, 16)).astype(np.float32)
    expected = expected_logits(blob, frames)
    assert [term.name for term in expected.budget.terms] == ["1e-5·scale", "underflow"]
    want = TemporalClassifier.from_blob(blob).logits(frames.astype(np.float64))
    np.testing.assert_allclose(expected.logits, want, rtol=1e-12)
