"""Which misreading of an extended model explains the logits that a device computed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.sensing.compare.model import expected_logits
from kernels_ref import WeightBlob, WeightDtype
from kernels_ref.blob_layout import Parts, cut


def explain_misread(blob: WeightBlob, frames: NDArray[np.float32], logits: ArrayLike) -> str | None:
    """Return what a device does wrong when its logits are just those of it, else None."""
    for what, misread in _misreadings(blob):
        expected = expected_logits(misread, frames)
        off = np.abs(np.asarray(logits, np.float64) - expected.logits)
        if np.all(off <= expected.budget.limit(off.shape)):
            return f"these are the logits of a model of which {what}"
    return None


def _misreadings(blob: WeightBlob) -> Iterator[tuple[str, WeightBlob]]:
    wide = blob.converted(WeightDtype.FLOAT32)
    if blob.parts.affine is not None:
        yield "scale and offset are swapped", _changed(wide, _swap)
        yield "the scale is left out", _changed(wide, _no_scale)
        yield "the offset is left out", _changed(wide, _no_offset)
    if blob.parts.conv is not None:
        if blob.parts.affine is not None:
            yield "the convolution reads its frames in reverse", _changed(wide, _reversed_conv)
        yield "the convolution's bias is left out", _changed(wide, _no_conv_bias)
    if blob.shape.max_pooling:
        yield "the maxima are left out", _changed(wide, _no_maxima)
        yield "maxima and means are swapped", _changed(wide, _swapped_pooling)
    if blob.parts.stem is not None:
        yield "the stem is left out", _changed(wide, _no_stem)
        yield "the stem reads its frames in reverse", _changed(wide, _reversed_stem)
    if not blob.parts.mlps:
        return
    yield "the MLPs' first bias is left out", _changed(wide, _no_first_bias)
    yield "the MLPs' second bias is left out", _changed(wide, _no_second_bias)
    yield "the last layer's MLP is left out", _changed(wide, _no_last_mlp)
    if 2 * blob.shape.mlp_width <= 0xFF:
        yield "the MLPs have no ReLU", _without_relu(wide)


def _changed(blob: WeightBlob, change: Callable[[Parts], None]) -> WeightBlob:
    weights = blob.weights.copy()
    change(cut(blob.shape, weights))
    return dataclasses.replace(blob, weights=weights)


def _swap(parts: Parts) -> None:
    assert parts.affine is not None
    scale = parts.affine.scale.copy()
    parts.affine.scale[:], parts.affine.offset[:] = parts.affine.offset, scale


def _no_scale(parts: Parts) -> None:
    assert parts.affine is not None
    parts.affine.scale[:] = 1


def _no_offset(parts: Parts) -> None:
    assert parts.affine is not None
    parts.affine.offset[:] = 0


def _reversed_conv(parts: Parts) -> None:
    assert parts.conv is not None and parts.affine is not None
    width = parts.conv.w.shape[1]
    frames = parts.conv.w.reshape(-1, len(parts.affine.scale), width)
    frames[:] = frames[::-1].copy()


def _no_conv_bias(parts: Parts) -> None:
    assert parts.conv is not None
    parts.conv.b[:] = 0


def _no_maxima(parts: Parts) -> None:
    parts.classifier[len(parts.classifier) // 2 :] = 0


def _swapped_pooling(parts: Parts) -> None:
    parts.classifier[:] = np.roll(parts.classifier, len(parts.classifier) // 2, axis=0)


def _no_stem(parts: Parts) -> None:
    assert parts.stem is not None
    parts.stem.w2[:] = 0
    parts.stem.b2[:] = 0


def _reversed_stem(parts: Parts) -> None:
    assert parts.stem is not None
    width, dim = parts.stem.w2.shape
    frames = parts.stem.w1.reshape(-1, dim, width)
    frames[:] = frames[::-1].copy()


def _no_first_bias(parts: Parts) -> None:
    for mlp in parts.mlps:
        mlp.b1[:] = 0


def _no_second_bias(parts: Parts) -> None:
    for mlp in parts.mlps:
        mlp.b2[:] = 0


def _no_last_mlp(parts: Parts) -> None:
    parts.mlps[-1].w2[:] = 0
    parts.mlps[-1].b2[:] = 0


def _without_relu(blob: WeightBlob) -> WeightBlob:
    """h is relu(h) - relu(-h): the same with twice the units in a layer, and nothing is cut off."""
    shape = dataclasses.replace(blob.shape, mlp_width=2 * blob.shape.mlp_width)
    weights = np.zeros(shape.n_weights, blob.weights.dtype)
    theirs, ours = cut(blob.shape, blob.weights), cut(shape, weights)
    if theirs.affine is not None and ours.affine is not None:
        ours.affine.scale[:], ours.affine.offset[:] = theirs.affine
    if theirs.conv is not None and ours.conv is not None:
        ours.conv.w[:], ours.conv.b[:] = theirs.conv
    if theirs.stem is not None and ours.stem is not None:
        for part, own in zip(theirs.stem, ours.stem, strict=True):
            own[:] = part
    for old, new in zip(theirs.layers, ours.layers, strict=True):
        for part, own in zip(old, new, strict=True):
            own[:] = part
    for mlp, doubled in zip(theirs.mlps, ours.mlps, strict=True):
        doubled.w1[:] = np.concatenate([mlp.w1, -mlp.w1], axis=1)
        doubled.b1[:] = np.concatenate([mlp.b1, -mlp.b1])
        doubled.w2[:] = np.concatenate([mlp.w2, -mlp.w2])
        doubled.b2[:] = mlp.b2
    ours.classifier[:] = theirs.classifier
    return WeightBlob(shape, weights, pooling=blob.pooling)
