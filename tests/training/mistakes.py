"""What is wrong with an output that is not the oracle's, where a known mistake explains it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from kernels_ref.blob import WeightBlob
from kernels_ref.blob_header import Pooling
from kernels_ref.blob_layout import Parts, cut
from kernels_ref.classifier import TemporalClassifier
from kernels_ref.errors import TemporalError
from kernels_ref.pattern import SparseAttentionConfig
from kernels_ref.sparse import sparse_attention
from tests.training.draws import Operands

Array = npt.NDArray[Any]
NEAR = 1e-4
"""Of the largest value: nearer than this, an output is the mistake's."""


def logits_of(blob: WeightBlob, windows: Array) -> Array:
    """Logits `[B, n_classes]` of windows `[B, T, D]` by the oracle in float64."""
    oracle = TemporalClassifier.from_blob(WeightBlob.parse(blob.serialize()))
    return np.stack([oracle.logits(window.astype(np.float64)) for window in windows])


def explained(blob: WeightBlob, windows: Array, logits: Array) -> str:
    """Which mistake of an export makes these logits, which are not the blob's."""
    for words, other in _other_blobs(blob):
        if _is_near(lambda other=other: logits_of(other, windows), logits):  # type: ignore[misc]
            return f"the blob differs from the module: {words}"
    return "no known mistake makes these logits"


def explained_attention(case: Operands, pattern: SparseAttentionConfig, out: Array) -> str:
    """Which mistake of the kernel makes this output `[N, Hq, d]`, which is not the oracle's."""
    for words, compute in _other_kernels(case, pattern):
        if _is_near(compute, out):
            return f"the kernel is wrong: {words}"
    return "no known mistake makes this output"


def _is_near(compute: Callable[[], Array], out: Array) -> bool:
    try:
        other = compute()
    except TemporalError:
        return False
    return bool(np.abs(other - out).max() <= NEAR * max(1.0, np.abs(out).max()))


def _other_blobs(blob: WeightBlob) -> Iterator[tuple[str, WeightBlob]]:
    other = Pooling.MEAN if blob.pooling is Pooling.LAST_TOKEN else Pooling.LAST_TOKEN
    if not blob.shape.max_pooling:  # maxima are beside the mean alone
        yield "the pooling is the other one", dataclasses.replace(blob, pooling=other)
    for words, change in _changes():
        weights = blob.weights.copy()
        change(cut(blob.shape, weights))
        if not np.array_equal(weights, blob.weights):
            yield words, dataclasses.replace(blob, weights=weights)


def _changes() -> Iterator[tuple[str, Callable[[Parts], None]]]:
    for name in ("wq", "wk", "wv", "wo"):
        yield (
            f"{name} is transposed",
            _transposes(lambda p, n=name: [getattr(x, n) for x in p.layers]),
        )
    for name in ("w1", "w2"):
        yield (
            f"{name} is transposed",
            _transposes(lambda p, n=name: [getattr(x, n) for x in p.mlps]),
        )
        yield (
            f"{name} of the stem is transposed",
            _transposes(lambda p, n=name: [getattr(p.stem, n)] if p.stem else []),
        )
    yield (
        "the convolution is transposed",
        _transposes(lambda p: [p.conv.w] if p.conv else []),
    )
    yield "the last matrix is transposed", _transposes(lambda p: [p.classifier])
    yield "the layers are in another order", _turn_layers
    yield "scale and offset are swapped", _swap_affine


def _transposes(pick: Callable[[Parts], list[Array]]) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        for matrix in pick(parts):
            matrix[...] = matrix.reshape(matrix.shape[::-1]).T.copy()

    return change


def _turn_layers(parts: Parts) -> None:
    for kind in (parts.layers, parts.mlps):
        copies = [[matrix.copy() for matrix in layer] for layer in reversed(kind)]
        for layer, copy in zip(kind, copies, strict=True):
            for matrix, values in zip(layer, copy, strict=True):
                matrix[...] = values


def _swap_affine(parts: Parts) -> None:
    if parts.affine is not None:
        scale, offset = (x.copy() for x in parts.affine)
        parts.affine.scale[...] = offset
        parts.affine.offset[...] = scale


def _other_kernels(
    case: Operands, pattern: SparseAttentionConfig
) -> Iterator[tuple[str, Callable[[], Array]]]:
    q, k, v = case
    others: list[tuple[str, dict[str, Any]]] = [
        ("a window of one token more", {"window": pattern.window + 1}),
        ("no landmarks", {"use_landmarks": False}),
        ("no log stride", {"use_log_stride": False}),
        ("no global tokens", {"global_tokens": ()}),
        ("later tokens are seen", {"causal": False}),
    ]
    if pattern.window:
        others.append(("a window of one token less", {"window": pattern.window - 1}))
    for words, changes in others:
        other = dataclasses.replace(pattern, **changes)
        yield words, lambda other=other: sparse_attention(q, k, v, other)  # type: ignore[misc]
    groups = q.shape[1] // k.shape[1]
    order = np.arange(q.shape[1]).reshape(groups, -1).T.ravel()
    back = np.argsort(order)
    yield (
        "query head h reads key/value head h % Hkv",
        lambda: sparse_attention(q[:, order], k, v, pattern)[:, back],
    )
    yield "scores are not scaled", lambda: sparse_attention(q * q.shape[2] ** 0.5, k, v, pattern)
