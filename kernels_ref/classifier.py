"""The classifier over the window: attention layers, pooling, logits."""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt

from kernels_ref.blob import LayerWeights, Pooling, WeightBlob, Weights
from kernels_ref.errors import ShapeMismatch
from kernels_ref.head import AetherTemporalHead, TemporalHeadConfig
from kernels_ref.pattern import SparseAttentionConfig
from kernels_ref.tensors import Tensor, floating, require_finite

AETHER_PATTERN = TemporalHeadConfig.default_aether().attention


class TemporalClassifier:
    """A model over frames: x <- x + attention(x Wq, x Wk, x Wv) Wo per layer, then pooled x Wc.

    No bias, no normalisation. Pooled is the last token, or the mean over tokens.
    """

    def __init__(
        self,
        head: AetherTemporalHead,
        layers: list[LayerWeights],
        w_classes: Weights,
        pooling: Pooling,
    ) -> None:
        self._head = head
        self._layers = layers
        self._w_classes = w_classes
        self._pooling = pooling

    @classmethod
    def from_blob(cls, blob: WeightBlob, attention: SparseAttentionConfig = AETHER_PATTERN) -> Self:
        """The model of a blob, with the pattern of the default head unless another is given."""
        shape = blob.shape
        config = TemporalHeadConfig(shape.n_q_heads, shape.n_kv_heads, shape.head_dim, attention)
        return cls(AetherTemporalHead(config), blob.layers(), blob.classifier(), blob.pooling)

    def logits(self, frames: npt.ArrayLike) -> Tensor:
        """Logits `[n_classes]` of the frames `[n, D]`, oldest first, in the frames' type.

        float64 frames are computed in float64 with the weights as stored; less in float32.

        Raises:
            UnsupportedDtype, ShapeMismatch: for the frames; there has to be at least one.
            NonFinite: for the frames, or for what large frames become in a layer.
        """
        frames = floating("frames", frames)
        d = self._w_classes.shape[0]
        if frames.ndim != 2 or frames.shape[0] == 0 or frames.shape[1] != d:
            raise ShapeMismatch("frames", frames.shape, f"[n, {d}] with at least one frame")
        require_finite("frames", frames)
        x = frames.astype(np.result_type(frames, np.float32))
        with np.errstate(over="ignore", invalid="ignore"):
            for layer in self._layers:
                x = x + self._attention(x, layer)
            pooled = x[-1] if self._pooling is Pooling.LAST_TOKEN else x.mean(axis=0)
            logits = pooled @ self._w_classes.astype(x.dtype)
        require_finite("logits", logits)
        return np.asarray(logits.astype(frames.dtype))

    def _attention(self, x: Tensor, layer: LayerWeights) -> Tensor:
        wq, wk, wv, wo = (w.astype(x.dtype) for w in layer)
        d = self._head.config.head_dim
        q, k, v = ((x @ w).reshape(len(x), -1, d) for w in (wq, wk, wv))
        attended = self._head.forward(q, k, v).reshape(len(x), -1)
        return np.asarray(attended @ wo)
