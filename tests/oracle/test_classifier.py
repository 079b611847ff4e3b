"""The classifier over the window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kernels_ref import (
    ModelShape,
    NonFinite,
    Pooling,
    ShapeMismatch,
    SparseAttentionConfig,
    TemporalClassifier,
    UnsupportedDtype,
    WeightBlob,
    WeightDtype,
    init_random_blob,
)
from tests.oracle import twin

SHAPES = [
    ModelShape(16, 4, 1, 32, 2, 4),
    ModelShape(3, 2, 2, 5, 1, 2),
    ModelShape(1, 6, 3, 1, 3, 7),
    ModelShape(3, 2, 2, 5, 2, 2, mlp_width=7),
    ModelShape(4, 2, 1, 3, 1, 3, input_affine=True),
    ModelShape(2, 1, 1, 3, 3, 3, mlp_width=1, input_affine=True),
    ModelShape(3, 2, 2, 5, 1, 2, stem_taps=4, stem_width=6),
    ModelShape(2, 1, 1, 3, 2, 3, mlp_width=5, input_affine=True, stem_taps=16, stem_width=3),
    ModelShape(3, 2, 2, 5, 2, 2, conv_taps=4, conv_stride=3, conv_width=6),
    ModelShape(
        *(5, 2, 1, 3, 1, 3, 4, True, 3, 2),
        conv_taps=2,
        conv_stride=2,
        conv_width=4,
        max_pooling=True,
    ),
]


def model(
    shape: ModelShape,
    dtype: WeightDtype = WeightDtype.FLOAT32,
    pooling: Pooling = Pooling.LAST_TOKEN,
    gain: float = 10,
) -> WeightBlob:
    """A blob whose weights are large enough for attention to matter."""
    maxima = shape.max_pooling and pooling is Pooling.MEAN
    shape = replace(shape, max_pooling=maxima)
    blob = WeightBlob.parse(init_random_blob(shape, pooling=pooling))
    return WeightBlob(shape, blob.weights * np.float32(gain), pooling=pooling).converted(dtype)


def twin_logits(frames: Any, blob: WeightBlob, p: twin.Pattern) -> Any:
    """From the weights in file order, cut by hand."""
    s = blob.shape
    rest = list(blob.weights.astype(np.float64))

    def take(rows: int, columns: int) -> Any:
        return np.array([[rest.pop(0) for _ in range(columns)] for _ in range(rows)])

    d, q, kv, m = s.input_dim, s.n_q_heads * s.head_dim, s.n_kv_heads * s.head_dim, s.mlp_width
    if s.input_affine:
        scale, offset = take(1, d)[0], take(1, d)[0]
        frames = twin.scaled(frames, scale, offset)
    if s.conv_taps:
        w, b = take(s.conv_taps * d, s.conv_width), take(1, s.conv_width)[0]
        frames, d = twin.convolution(frames, w, b, s.conv_taps, s.conv_stride), s.conv_width
    if s.stem_taps:
        stem = {"w1": take(s.stem_taps * d, s.stem_width), "b1": take(1, s.stem_width)[0]}
        stem |= {"w2": take(s.stem_width, d), "b2": take(1, d)[0]}
        frames = twin.stem(frames, stem, s.stem_taps)
    layers = []
    for _ in range(s.n_layers):
        layer = {"wq": take(d, q), "wk": take(d, kv), "wv": take(d, kv), "wo": take(q, d)}
        if m:
            layer |= {"w1": take(d, m), "b1": take(1, m)[0]}
            layer |= {"w2": take(m, d), "b2": take(1, d)[0]}
        layers.append(layer)
    pool = "last" if blob.pooling is Pooling.LAST_TOKEN else "mean"
    pool += " and max" if s.max_pooling else ""
    wc = take(2 * d if s.max_pooling else d, s.n_classes)
    assert not rest
    heads = (s.n_q_heads, s.n_kv_heads, s.head_dim)
    return twin.classify(frames, layers, wc, p, heads, pool)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", WeightDtype)
@pytest.mark.parametrize("pooling", Pooling)
def test_logits_equal_the_twin(shape: ModelShape, dtype: WeightDtype, pooling: Pooling) -> None:
    blob = model(shape, dtype, pooling)
    frames = np.random.default_rng(3).standard_normal((40, shape.input_dim))
    logits = TemporalClassifier.from_blob(blob).logits(frames)
    assert logits.shape == (shape.n_classes,)
    want = twin_logits(frames, blob, twin.Pattern(32, 16))
    np.testing.assert_allclose(logits, want, rtol=1e-12, atol=1e-13)


def test_another_pattern() -> None:
    blob = model(SHAPES[1])
    frames = np.random.default_rng(4).standard_normal((40, 3))
    pattern = SparseAttentionConfig(2, 3, (), causal=False)
    logits = TemporalClassifier.from_blob(blob, pattern).logits(frames)
    want = twin_logits(frames, blob, twin.Pattern(2, 3, (), causal=False))
    np.testing.assert_allclose(logits, want, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 256, 300])
def test_float32_keeps_within_its_budget(n: int) -> None:
    frames = np.random.default_rng(5).standard_normal((n, 16)).astype(np.float32)
    classifier = TemporalClassifier.from_blob(WeightBlob.parse(init_random_blob()))
    logits, truth = classifier.logits(frames), classifier.logits(frames.astype(np.float64))
    assert logits.dtype == np.float32
    assert truth.dtype == np.float64
    assert np.abs(logits - truth).max() <= 1e-5 * np.abs(truth).max()


@pytest.mark.parametrize(
    ("error", "message", "frames"),
    [
        (ShapeMismatch, "at least one frame", np.zeros((0, 16))),
        (ShapeMismatch, r"\[n, 16\]", np.zeros((4, 15))),
        (ShapeMismatch, r"shape \[16\]", np.zeros(16)),
        (
            NonFinite,
            r"frames\[2, 5\] is nan",
            np.where(np.arange(64) == 37, np.nan, 0).reshape(4, 16),
        ),
        (UnsupportedDtype, "int64", np.zeros((4, 16), np.int64)),
    ],
)
def test_refusals(error: type[Exception], message: str, frames: Any) -> None:
    classifier = TemporalClassifier.from_blob(WeightBlob.parse(init_random_blob()))
    with pytest.raises(error, match=message):
        classifier.logits(frames)


def test_frames_that_overflow_a_layer_are_refused() -> None:
    frames = np.full((4, 16), 3e38, np.float32)
    with pytest.raises(NonFinite):
        TemporalClassifier.from_blob(model(SHAPES[0])).logits(frames)


def test_hidden_units_beyond_the_range_are_refused() -> None:
    """Minus infinity would become 0, and the sum that it stands for may have been positive."""
    shape = ModelShape(1, 1, 1, 1, 1, 2, mlp_width=1)
    wq, wk, wv, wo, w1, b1, w2, b2, wc0, wc1 = 0, 0, 0, 0, -3e38, 0, 1, 0, 1, 1
    weights = np.array([wq, wk, wv, wo, w1, b1, w2, b2, wc0, wc1], "<f4")
    classifier = TemporalClassifier.from_blob(WeightBlob(shape, weights))
    np.testing.assert_array_equal(classifier.logits(np.array([[1.0]], np.float32)), [1, 1])
    with pytest.raises(NonFinite, match="hidden"):
        classifier.logits(np.array([[10.0]], np.float32))
