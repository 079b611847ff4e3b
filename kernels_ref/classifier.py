"""The classifier over the window: input scale, layers of attention and MLP, pooling, logits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import zip_longest
from typing import Self

import numpy as np
import numpy.typing as npt

from kernels_ref.blob import WeightBlob
from kernels_ref.blob_header import Pooling
from kernels_ref.blob_layout import ConvWeights, LayerWeights, MlpWeights
from kernels_ref.errors import ShapeMismatch
from kernels_ref.head import AetherTemporalHead, TemporalHeadConfig
from kernels_ref.pattern import SparseAttentionConfig
from kernels_ref.tensors import Tensor, floating, require_finite

AETHER_PATTERN = TemporalHeadConfig.default_aether().attention


class TemporalClassifier:
    """A model over frames, from the blob's weights.

    x is the frames, or frames * scale + offset. With a convolution x <- relu(c Wf + bf) at every
    stride-th frame, the last being one, c being the last frames up to it, the first frame in place
    of those before it. With a stem x <- x + relu(c Ws1 + bs1) Ws2 + bs2, c being the last tokens in
    the same way. In a layer x <- x + attention(x Wq, x Wk, x Wv) Wo, and with an MLP x <- x +
    relu(x W1 + b1) W2 + b2. Logits are pooled x Wc, pooled being the last token, or the mean over
    tokens, and behind it the maxima over tokens where the blob says so. No other bias, no
    normalisation.
    """

    def __init__(self, head: AetherTemporalHead, blob: WeightBlob) -> None:
        self._head = head
        self._blob = blob

    @classmethod
    def from_blob(cls, blob: WeightBlob, attention: SparseAttentionConfig = AETHER_PATTERN) -> Self:
        """The model of a blob, with the pattern of the default head unless another is given."""
        shape = blob.shape
        config = TemporalHeadConfig(shape.n_q_heads, shape.n_kv_heads, shape.head_dim, attention)
        return cls(AetherTemporalHead(config), blob)

    def logits(self, frames: npt.ArrayLike) -> Tensor:
        """Logits `[n_classes]` of the frames `[n, D]`, oldest first, in the frames' type.

        float64 frames are computed in float64 with the weights as stored; less in float32.

        Raises:
            UnsupportedDtype, ShapeMismatch: for the frames; there has to be at least one.
            NonFinite: for the frames, or for what large frames become in a layer.
        """
        frames = self._checked(frames)
        with np.errstate(over="ignore", invalid="ignore"):
            logits = self.finish(self._scaled(frames.astype(np.result_type(frames, np.float32))))
        require_finite("logits", logits)
        return np.asarray(logits.astype(frames.dtype))

    def states(self, frames: npt.ArrayLike) -> list[Tensor]:
        """The token states `[n, D]` after each step: the scale, the convolution, the stem, and the
        attention and the MLP of each layer. Errors as `logits`.
        """
        frames = self._checked(frames)
        with np.errstate(over="ignore", invalid="ignore"):
            states = [self._scaled(frames.astype(np.result_type(frames, np.float32)))]
            for step in self._steps():
                states.append(step(states[-1]))
        return states

    def finish(self, x: Tensor, done: int = 0) -> Tensor:
        """Logits `[n_classes]` from the token states after `done` steps of `states`, unchecked."""
        for step in self._steps()[done:]:
            x = step(x)
        return np.asarray(self.pooled(x) @ self._blob.parts.classifier.astype(x.dtype))

    def pooled(self, x: Tensor) -> Tensor:
        """The vector that is classified, from the last token states `[n, D]`."""
        if self._blob.pooling is Pooling.LAST_TOKEN:
            return np.asarray(x[-1])
        mean = x.mean(axis=0)
        return np.concatenate([mean, x.max(axis=0)]) if self._blob.shape.max_pooling else mean

    def _checked(self, frames: npt.ArrayLike) -> Tensor:
        frames = floating("frames", frames)
        d = self._blob.shape.input_dim
        if frames.ndim != 2 or frames.shape[0] == 0 or frames.shape[1] != d:
            raise ShapeMismatch("frames", frames.shape, f"[n, {d}] with at least one frame")
        require_finite("frames", frames)
        return frames

    def _scaled(self, x: Tensor) -> Tensor:
        affine = self._blob.parts.affine
        if affine is None:
            return x
        scale, offset = (w.astype(x.dtype) for w in affine)
        return np.asarray(x * scale + offset)

    def _steps(self) -> list[Callable[[Tensor], Tensor]]:
        """The model's steps: x -> conv(x), x -> x + stem(x), and in each layer
        x -> x + attention(x) and x -> x + mlp(x)."""
        steps: list[Callable[[Tensor], Tensor]] = []
        conv, shape = self._blob.parts.conv, self._blob.shape
        if conv is not None:
            taps, stride = shape.conv_taps, shape.conv_stride
            steps.append(partial(_convolved, conv=conv, taps=taps, stride=stride))
        stem = self._blob.parts.stem
        if stem is not None:
            steps.append(partial(_add_mlp, mlp=stem, taps=shape.stem_taps))
        for layer, mlp in zip_longest(self._blob.parts.layers, self._blob.parts.mlps):
            steps.append(partial(self._add_attention, layer=layer))
            if mlp is not None:
                steps.append(partial(_add_mlp, mlp=mlp))
        return steps

    def _add_attention(self, x: Tensor, layer: LayerWeights) -> Tensor:
        wq, wk, wv, wo = (w.astype(x.dtype) for w in layer)
        d = self._head.config.head_dim
        q, k, v = ((x @ w).reshape(len(x), -1, d) for w in (wq, wk, wv))
        attended = self._head.forward(q, k, v).reshape(len(x), -1)
        return np.asarray(x + attended @ wo)


def last_frames(x: Tensor, taps: int) -> Tensor:
    """The last `taps` frames of each frame of x `[n, D]`: `[n, taps*D]`, oldest first."""
    at = np.arange(len(x))[:, None] + np.arange(1 - taps, 1)
    return np.asarray(x[np.maximum(at, 0)].reshape(len(x), -1))


def every_stride(x: Tensor, stride: int) -> Tensor:
    """Every stride-th of the rows `[n, …]`, chosen so that the last row is one of them."""
    return np.asarray(x[(len(x) - 1) % stride :: stride])


def _convolved(x: Tensor, conv: ConvWeights, taps: int, stride: int) -> Tensor:
    """relu(c W + b). Raises NonFinite for hidden units."""
    w, b = (part.astype(x.dtype) for part in conv)
    hidden = every_stride(last_frames(x, taps), stride) @ w + b
    require_finite("hidden", hidden)  # minus infinity would become 0
    return np.asarray(np.maximum(hidden, 0))


def _add_mlp(x: Tensor, mlp: MlpWeights, taps: int = 1) -> Tensor:
    """x + relu(c W1 + b1) W2 + b2 of tokens `[n, D]`, c being the last `taps` tokens of each.

    Raises NonFinite for hidden units.
    """
    w1, b1, w2, b2 = (w.astype(x.dtype) for w in mlp)
    hidden = last_frames(x, taps) @ w1 + b1
    require_finite("hidden", hidden)  # minus infinity would become 0
    return np.asarray(x + (np.maximum(hidden, 0) @ w2 + b2))
