"""The classifier over the window."""

from __future__ import annotations

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
]


def model(
    shape: ModelShape,
    dtype: WeightDtype = WeightDtype.FLOAT32,
    pooling: Pooling = Pooling.LAST_TOKEN,
    gain: float = 10,
) -> WeightBlob:
    """A blob whose weights are large enough for attention to matter."""
    blob = WeightBlob.parse(init_random_blob(shape))
    return WeightBlob(shape, blob.weights * np.float32(gain), pooling=pooling).converted(dtype)


def twin_logits(frames: Any, blob: WeightBlob, p: twin.Pattern) -> Any:
    """From the weights in file order, cut by hand."""
    s = blob.shape
    rest = blob.weights.astype(np.float64)
    layers = []
    for _ in range(s.n_layers):
        layer = {}
        for name, rows, columns in (
            ("wq", s.input_dim, s.n_q_heads * s.head_dim),
            ("wk", s.input_dim, s.n_kv_heads * s.head_dim),
            ("wv", s.input_dim, s.n_kv_heads * s.head_dim),
            ("wo", s.n_q_heads * s.head_dim, s.input_dim),
        ):
            layer[name] = np.array(
                [[rest[i * columns + j] for j in range(columns)] for i in range(rows)]
            )
            rest = rest[rows * columns :]
        layers.append(layer)
    wc = rest.reshape(s.input_dim, s.n_classes)
    heads = (s.n_q_heads, s.n_kv_heads, s.head_dim)
    return twin.classify(frames, layers, wc, p, heads, blob.pooling is Pooling.MEAN)


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
