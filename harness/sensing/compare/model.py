"""The logits of a whole model: what the oracle says, and how far a float32 one may lie from it.

For a plain model the budget is that of `logits_budget`. An input scale and an MLP form sums whose
terms may cancel: `frame*scale` with its offset, hidden units with each other and with b2. With
u = 2^-24, the rounding errors of these sums are, in each token,

    frames  E = 2u(|frame*scale| + |offset|)
    hidden  e = sqrt(C+1) u (|c||W1| + |b1|), of the units that are on, or would be with e
    output  E = sqrt(M+2) u (|x| + (h + e)|W2| + |b2|) + sqrt(e² W2²)

c, of C numbers, is what an MLP reads: in a layer x itself, in a stem the last tokens. The units of
a convolution, which reads the last frames, are the tokens themselves: E = e. How the later layers
change an error of size E is found with the oracle: it goes on from states that are off by E in
every feature of every token, once upwards and three times with random signs. Twice the largest
change of a logit is that step's part of the budget.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.compare.budget import (
    UNIT_ROUNDOFF,
    Budget,
    Float64,
    Term,
)
from harness.sensing.compare.budget import logits_budget
from kernels_ref import InputAffine, MlpWeights, TemporalClassifier, WeightBlob
from kernels_ref.classifier import every_stride, last_frames

_DRAWS = 3
_SAFETY = 2.0


@dataclass(frozen=True)
class ExpectedLogits:
    """The oracle's float64 logits [n_classes], and how far another's may lie from them."""

    logits: Float64
    budget: Budget


def expected_logits(blob: WeightBlob, frames: ArrayLike) -> ExpectedLogits:
    """Return what the model of a blob makes of frames [n, D], oldest first, taken as float32.

    The budget of an extended model takes a dozen times as long as its logits.
    """
    wide = np.asarray(frames, np.float32).astype(np.float64)
    classifier = TemporalClassifier.from_blob(blob)
    states = classifier.states(wide)
    pooled = classifier.pooled(states[-1])
    w_classes = blob.parts.classifier.astype(np.float64)
    logits, budget = pooled @ w_classes, logits_budget(pooled, w_classes)
    once = (blob.parts.affine, blob.parts.conv, blob.parts.stem)
    if any(part is not None for part in once) or blob.parts.mlps:
        sums = np.zeros(len(logits))
        for done, error in _rounding_of_sums(blob, wide, states):
            largest = np.zeros(len(logits))
            for shift in _shifts(error):
                moved = np.abs(classifier.finish(states[done] + shift, done) - logits)
                largest = np.maximum(largest, moved)
            sums += largest
        reason = "float32 sums of input scale and MLP, of which the states are what is left"
        budget = Budget((*budget.terms, Term("sums", _SAFETY * sums, reason)))
    return ExpectedLogits(logits, budget)


def _rounding_of_sums(
    blob: WeightBlob, frames: Float64, states: list[Float64]
) -> Iterator[tuple[int, Float64]]:
    """Which of the states have rounding errors, and how large they are [n, D]."""
    affine = blob.parts.affine
    if affine is not None:
        yield 0, _of_scale(frames, affine)
    shape, first = blob.shape, 0
    conv, stem = blob.parts.conv, blob.parts.stem
    if conv is not None:
        c = every_stride(last_frames(states[0], shape.conv_taps), shape.conv_stride)
        yield 1, _of_units(c, conv.w.astype(np.float64), conv.b.astype(np.float64))[1]
        first = 1
    if stem is not None:
        c = last_frames(states[first], shape.stem_taps)
        yield first + 1, _of_mlp(states[first], c, stem)
        first += 1
    for layer, mlp in enumerate(blob.parts.mlps):
        x = states[first + 2 * layer + 1]
        yield first + 2 * layer + 2, _of_mlp(x, x, mlp)


def _of_scale(frames: Float64, affine: InputAffine) -> Float64:
    scale, offset = (np.abs(part.astype(np.float64)) for part in affine)
    return np.asarray(2 * UNIT_ROUNDOFF * (np.abs(frames) * scale + offset))


def _of_mlp(x: Float64, c: Float64, mlp: MlpWeights) -> Float64:
    w1, b1, w2, b2 = (part.astype(np.float64) for part in mlp)
    hidden, error = _of_units(c, w1, b1)
    sums = np.abs(x) + (np.maximum(hidden, 0) + error) @ np.abs(w2) + np.abs(b2)
    return np.asarray(np.sqrt(len(w2) + 2) * UNIT_ROUNDOFF * sums + np.sqrt(error**2 @ w2**2))


def _of_units(c: Float64, w: Float64, b: Float64) -> tuple[Float64, Float64]:
    """The sums of hidden units, and their error."""
    hidden = c @ w + b
    error = np.sqrt(len(w) + 1) * UNIT_ROUNDOFF * (np.abs(c) @ np.abs(w) + np.abs(b))
    return hidden, np.where(hidden + error > 0, error, 0.0)


def _shifts(error: Float64) -> Iterator[NDArray[np.float64]]:
    yield error
    rng = np.random.default_rng(0)
    for _ in range(_DRAWS):
        yield error * rng.choice([-1.0, 1.0], error.shape)
