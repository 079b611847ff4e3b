"""What a model is made of: its dimensions, and its weights in the order of the file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kernels_ref.blob_errors import InvalidShape

Weights = npt.NDArray[np.floating[Any]]
Dimensions = tuple[int, ...]
MAX_TAPS = 16


@dataclass(frozen=True)
class ModelShape:
    """The dimensions of a model, named as in the header.

    `mlp_width` is the number of hidden units of each layer's MLP, 0 if there is none. With
    `input_affine` each feature of a frame gets a scale and an offset before the first layer. A stem
    is an MLP of `stem_width` hidden units over the last `stem_taps` tokens; both are 0 if there is
    none. A convolution makes a token of `conv_width` features from the last `conv_taps` frames, at
    every `conv_stride`-th frame; all three are 0 if the frames are the tokens. With `max_pooling`
    the maxima over the tokens are classified beside the means.
    """

    input_dim: int
    n_q_heads: int
    n_kv_heads: int
    head_dim: int
    n_layers: int
    n_classes: int
    mlp_width: int = 0
    input_affine: bool = False
    stem_taps: int = 0
    stem_width: int = 0
    conv_taps: int = 0
    conv_stride: int = 0
    conv_width: int = 0
    max_pooling: bool = False

    def check(self) -> None:
        """Refuse what no model can have. Raises InvalidShape."""
        for field in ("input_dim", "n_q_heads", "n_kv_heads", "head_dim", "n_layers", "n_classes"):
            least = 2 if field == "n_classes" else 1
            self._demand(field, least, 0xFFFF, f"{least} to 65535")
        if self.n_q_heads % self.n_kv_heads:
            need = f"a divisor of n_q_heads {self.n_q_heads}"
            raise InvalidShape("n_kv_heads", self.n_kv_heads, need)
        self._demand("mlp_width", 0, 0xFF, "1 to 255, or 0 for no MLP")
        self._demand_part("stem", "stem_taps", {"stem_width": 0xFF})
        conv = {"conv_stride": MAX_TAPS, "conv_width": 0xFF}
        self._demand_part("convolution", "conv_taps", conv)
        if self.max_pooling and not self.conv_taps:
            raise InvalidShape("max_pooling", 1, "0, as there is no convolution")

    def _demand(self, field: str, least: int, most: int, need: str) -> None:
        if not least <= getattr(self, field) <= most:
            raise InvalidShape(field, getattr(self, field), need)

    def _demand_part(self, part: str, taps: str, sizes: dict[str, int]) -> None:
        self._demand(taps, 0, MAX_TAPS, f"1 to {MAX_TAPS}, or 0 for no {part}")
        for field, most in sizes.items():
            if getattr(self, taps):
                self._demand(field, 1, most, f"1 to {most}")
            else:
                self._demand(field, 0, 0, f"0, as there is no {part}")

    @property
    def dim(self) -> int:
        """The number of features of a token."""
        return self.conv_width or self.input_dim

    @property
    def input_parts(self) -> tuple[Dimensions, ...]:
        """Shapes of scale and offset, if there are any."""
        return ((self.input_dim,), (self.input_dim,)) if self.input_affine else ()

    @property
    def conv_parts(self) -> tuple[Dimensions, ...]:
        """Shapes of Wf and bf, if there are any."""
        width = self.conv_width
        return ((self.conv_taps * self.input_dim, width), (width,)) if width else ()

    @property
    def stem_parts(self) -> tuple[Dimensions, ...]:
        """Shapes of Ws1, bs1, Ws2 and bs2, if there are any."""
        d, s = self.dim, self.stem_width
        return ((self.stem_taps * d, s), (s,), (s, d), (d,)) if s else ()

    @property
    def layer_matrices(self) -> tuple[tuple[int, int], ...]:
        """`[in, out]` of Wq, Wk, Wv and Wo."""
        q, kv = self.n_q_heads * self.head_dim, self.n_kv_heads * self.head_dim
        return (self.dim, q), (self.dim, kv), (self.dim, kv), (q, self.dim)

    @property
    def mlp_parts(self) -> tuple[Dimensions, ...]:
        """Shapes of W1, b1, W2 and b2, if there are any."""
        d, m = self.dim, self.mlp_width
        return ((d, m), (m,), (m, d), (d,)) if m else ()

    @property
    def n_weights(self) -> int:
        """The number of weights of all parts."""
        once = (*self.input_parts, *self.conv_parts, *self.stem_parts, self.classifier_matrix)
        layer = (*self.layer_matrices, *self.mlp_parts)
        return sum(map(math.prod, once)) + self.n_layers * sum(map(math.prod, layer))

    @property
    def classifier_matrix(self) -> tuple[int, int]:
        """`[in, out]` of Wc; with maxima the rows of the means come first."""
        return (1 + self.max_pooling) * self.dim, self.n_classes


class InputAffine(NamedTuple):
    """x0 = frame * scale + offset; both `[D]`, views into the blob."""

    scale: Weights
    offset: Weights


class ConvWeights(NamedTuple):
    """x0 = relu(c w + b), c being the last K frames, oldest first; views into the blob.

    w `[K*D, E]`, b `[E]`.
    """

    w: Weights
    b: Weights


class LayerWeights(NamedTuple):
    """The attention's matrices of one layer, views into the blob."""

    wq: Weights
    wk: Weights
    wv: Weights
    wo: Weights


class MlpWeights(NamedTuple):
    """x <- x + relu(c W1 + b1) W2 + b2 with M hidden units; views into the blob.

    w1 `[C, M]`, b1 `[M]`, w2 `[M, D]`, b2 `[D]`. In a layer c is x itself, C = D. In a stem it is
    the last K tokens, oldest first, C = K*D.
    """

    w1: Weights
    b1: Weights
    w2: Weights
    b2: Weights


class Parts(NamedTuple):
    """All weights of a model; `mlps` has an entry for each layer, or none at all."""

    affine: InputAffine | None
    conv: ConvWeights | None
    stem: MlpWeights | None
    layers: list[LayerWeights]
    mlps: list[MlpWeights]
    classifier: Weights


def cut(shape: ModelShape, weights: Weights) -> Parts:
    """Cut `[shape.n_weights]` weights in file order into the parts of the model."""
    start = 0

    def take(parts: tuple[Dimensions, ...]) -> Iterator[Weights]:
        nonlocal start
        for dimensions in parts:
            size = math.prod(dimensions)
            yield weights[start : start + size].reshape(dimensions)
            start += size

    affine = InputAffine(*take(shape.input_parts)) if shape.input_affine else None
    conv = ConvWeights(*take(shape.conv_parts)) if shape.conv_taps else None
    stem = MlpWeights(*take(shape.stem_parts)) if shape.stem_taps else None
    layers, mlps = [], []
    for _ in range(shape.n_layers):
        layers.append(LayerWeights(*take(shape.layer_matrices)))
        if shape.mlp_width:
            mlps.append(MlpWeights(*take(shape.mlp_parts)))
    (classifier,) = take((shape.classifier_matrix,))
    return Parts(affine, conv, stem, layers, mlps, classifier)
