"""The classifier over a window of frames, which is trained here and runs on a node.

It is the network of `kernels_ref.classifier`, weight by weight, and is read from and written to
`.rvne` blobs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from kernels_ref.blob import WeightBlob
from kernels_ref.blob_header import Feed, Pooling, WeightDtype
from kernels_ref.blob_layout import MlpWeights, ModelShape, Weights, cut
from kernels_ref.classifier import AETHER_PATTERN
from kernels_ref.errors import ShapeMismatch
from kernels_ref.head import Backend
from kernels_ref.pattern import SparseAttentionConfig
from training.aggregator import AetherTemporalAggregator
from training.attention import longest


class TemporalClassifierModule(nn.Module):
    """Frames to logits: input scale, convolution, stem, layers of attention and MLP, pooling, one
    last matrix.

    x is the frames, or frames * scale + offset. With a convolution x <- relu(c Wf + bf) at every
    stride-th frame, the last being one, c being the last frames up to it, the first frame in place
    of those before it. With a stem x <- x + relu(c Ws1 + bs1) Ws2 + bs2, c being the last tokens in
    the same way. In a layer x <- x + attention(x Wq, x Wk, x Wv) Wo, and with an MLP x <- x +
    relu(x W1 + b1) W2 + b2. Logits are pooled x Wc, pooled being the last token, or the mean over
    tokens, and behind it the maxima over tokens where the shape says so.

    Args:
        shape: the dimensions, and whether there are an input scale, a stem and an MLP.
        pooling: last token or mean.
        feed: what the model is trained on, which goes into the blob; None if that is not known.
        pattern: the pattern of attention. A node has the default one.
        backend: dense attention is for comparison; a node has sparse attention.

    Raises:
        InvalidShape: dimensions that no model has.
    """

    def __init__(
        self,
        shape: ModelShape,
        pooling: Pooling = Pooling.LAST_TOKEN,
        feed: Feed | None = None,
        pattern: SparseAttentionConfig = AETHER_PATTERN,
        backend: Backend = Backend.SPARSE,
    ) -> None:
        super().__init__()
        shape.check()
        self.shape = shape
        self.pooling = pooling
        self.feed = feed
        self.affine = InputAffine(shape.input_dim) if shape.input_affine else nn.Identity()
        self.conv = Convolution(shape) if shape.conv_taps else None
        self.stem = Stem(shape) if shape.stem_taps else None
        self.layers = nn.ModuleList(Layer(shape, pattern, backend) for _ in range(shape.n_layers))
        self.classifier = nn.Linear(*shape.classifier_matrix, bias=False)

    def forward(self, frames: Tensor) -> Tensor:
        """Logits `[n_classes]` of frames `[T, D]`, oldest first, or `[B, n_classes]` of batches.

        All sequences of a batch `[B, T, D]` have the same number of frames.

        Raises:
            ShapeMismatch: for the frames; there has to be at least one.
            NonFinite: for the frames, or for values in a layer that overflow.
        """
        d = self.shape.input_dim
        if frames.dim() not in (2, 3) or frames.shape[-1] != d or frames.shape[-2] == 0:
            need = f"[T, {d}] or [B, T, {d}] with at least one frame"
            raise ShapeMismatch("frames", tuple(frames.shape), need)
        if frames.numel():
            longest("frames", frames)
        x = self.affine(frames)
        if self.conv is not None:
            x = self.conv(x)
        if self.stem is not None:
            x = x + self.stem(x)
        for layer in self.layers:
            x = layer(x)
        return self.classifier(self._pooled(x))

    def _pooled(self, x: Tensor) -> Tensor:
        if self.pooling is Pooling.LAST_TOKEN:
            return x[..., -1, :]
        mean = x.mean(dim=-2)
        return torch.cat([mean, x.amax(dim=-2)], -1) if self.shape.max_pooling else mean

    def to_blob(self, dtype: WeightDtype = WeightDtype.FLOAT16) -> WeightBlob:
        """The model as a blob, its weights rounded to `dtype`.

        Raises:
            InvalidShape: a weight is beyond what the type can hold, or not a number.
        """
        weights = np.empty(self.shape.n_weights, WeightDtype.FLOAT32.numpy)
        for matrix, parameter in _in_file_order(self, weights):
            matrix[...] = parameter.detach().cpu().numpy()
        blob = WeightBlob(self.shape, weights, pooling=self.pooling, feed=self.feed)
        return blob.converted(dtype)

    def export_rvne(self, path: Path, dtype: WeightDtype = WeightDtype.FLOAT16) -> WeightBlob:
        """Write the model to a file; returns what was written. Raises InvalidShape, OSError."""
        blob = self.to_blob(dtype)
        path.write_bytes(blob.serialize())
        return blob

    @classmethod
    def from_blob(
        cls,
        blob: WeightBlob,
        pattern: SparseAttentionConfig = AETHER_PATTERN,
        backend: Backend = Backend.SPARSE,
    ) -> Self:
        """The model of a blob, in float32, whatever type its weights are stored in."""
        model = cls(blob.shape, blob.pooling, blob.feed, pattern, backend)
        with torch.no_grad():
            for matrix, parameter in _in_file_order(model, blob.weights):
                parameter.copy_(torch.from_numpy(matrix.astype(np.float32)))
        return model

    @classmethod
    def from_rvne(
        cls,
        path: Path,
        pattern: SparseAttentionConfig = AETHER_PATTERN,
        backend: Backend = Backend.SPARSE,
    ) -> Self:
        """The model of a file. Raises BlobError, OSError."""
        return cls.from_blob(WeightBlob.parse(path.read_bytes()), pattern, backend)


class Layer(nn.Module):
    """Attention and, if the shape says so, an MLP, each added to the tokens it is computed from."""

    def __init__(self, shape: ModelShape, pattern: SparseAttentionConfig, backend: Backend) -> None:
        super().__init__()
        heads = (shape.n_q_heads, shape.n_kv_heads, shape.head_dim)
        self.attention = AetherTemporalAggregator(shape.dim, *heads, pattern, backend)
        d, width = shape.dim, shape.mlp_width
        self.mlp = Mlp(d, width, d) if width else None

    def forward(self, x: Tensor) -> Tensor:
        """Tokens `[..., T, D]` to tokens."""
        x = x + self.attention(x)
        return x if self.mlp is None else x + self.mlp(x)


class Mlp(nn.Module):
    """relu(x W1 + b1) W2 + b2 with `width` hidden units."""

    def __init__(self, in_dim: int, width: int, out_dim: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(in_dim, width)
        self.out = nn.Linear(width, out_dim)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens `[..., in_dim]` to what is added to them, `[..., out_dim]`."""
        return self.out(self.hidden(x).relu())


class Convolution(nn.Module):
    """Tokens of the last `taps` frames, at every `stride`-th frame."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.taps, self.stride = shape.conv_taps, shape.conv_stride
        self.hidden = nn.Linear(shape.conv_taps * shape.input_dim, shape.conv_width)

    def forward(self, x: Tensor) -> Tensor:
        """Frames `[..., T, D]` to tokens `[..., ceil(T / stride), width]`."""
        first = (x.shape[-2] - 1) % self.stride
        return self.hidden(_last(x, self.taps)[..., first :: self.stride, :]).relu()


class Stem(nn.Module):
    """An MLP over the last `taps` tokens."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.taps = shape.stem_taps
        self.mlp = Mlp(shape.stem_taps * shape.dim, shape.stem_width, shape.dim)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens `[..., T, D]` to what is added to them."""
        return self.mlp(_last(x, self.taps))


def _last(x: Tensor, taps: int) -> Tensor:
    """The last `taps` rows of each row of x `[..., T, D]`: `[..., T, taps * D]`, oldest first."""
    offsets = torch.arange(1 - taps, 1, device=x.device)
    places = torch.arange(x.shape[-2], device=x.device)[:, None] + offsets
    return x[..., places.clamp(min=0), :].flatten(-2)


class InputAffine(nn.Module):
    """frame * scale + offset, feature by feature; set from statistics, not trained."""

    def __init__(self, in_dim: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(in_dim), requires_grad=False)
        self.offset = nn.Parameter(torch.zeros(in_dim), requires_grad=False)

    def forward(self, frames: Tensor) -> Tensor:
        """Frames `[..., D]` to tokens."""
        return frames * self.scale + self.offset

    @torch.no_grad()
    def standardise(self, frames: Tensor) -> None:
        """Set scale and offset so that these frames `[..., D]` get mean 0 and standard deviation 1.

        They should be frames of training only: the model would profit from the test's statistics. A
        feature that never changes keeps its size.
        """
        flat = frames.reshape(-1, frames.shape[-1]).to(torch.float64)
        spread, mean = torch.std_mean(flat, dim=0, correction=0)
        scale = torch.where(spread > 0, 1 / spread, torch.ones_like(spread))
        self.scale.copy_(scale)
        self.offset.copy_(-mean * scale)


def _in_file_order(
    model: TemporalClassifierModule, weights: Weights
) -> list[tuple[Weights, Tensor]]:
    """Views into the blob's weights, each with the parameter that belongs to it.

    A blob's matrices are `[in, out]`; PyTorch's are `[out, in]`.
    """
    parts = cut(model.shape, weights)
    pairs: list[tuple[Weights, Tensor]] = []
    if parts.affine is not None:
        affine = model.affine
        pairs += [(parts.affine.scale, affine.scale), (parts.affine.offset, affine.offset)]
    if parts.conv is not None and model.conv is not None:
        hidden = model.conv.hidden
        pairs += [(parts.conv.w, hidden.weight.T), (parts.conv.b, hidden.bias)]
    if parts.stem is not None and model.stem is not None:
        pairs += _of_mlp(parts.stem, model.stem.mlp)
    for layer, stored in zip(model.layers, parts.layers, strict=True):
        attention = layer.attention
        pairs += [
            (stored.wq, attention.q_proj.weight.T),
            (stored.wk, attention.k_proj.weight.T),
            (stored.wv, attention.v_proj.weight.T),
            (stored.wo, attention.o_proj.weight.T),
        ]
    for layer, stored_mlp in zip(model.layers, parts.mlps, strict=bool(parts.mlps)):
        pairs += _of_mlp(stored_mlp, layer.mlp)
    return [*pairs, (parts.classifier, model.classifier.weight.T)]


def _of_mlp(stored: MlpWeights, mlp: Mlp) -> list[tuple[Weights, Tensor]]:
    return [
        (stored.w1, mlp.hidden.weight.T),
        (stored.b1, mlp.hidden.bias),
        (stored.w2, mlp.out.weight.T),
        (stored.b2, mlp.out.bias),
    ]
