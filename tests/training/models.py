"""Models with random weights, of every kind that a blob can hold."""

from __future__ import annotations

import itertools

import torch

from kernels_ref.blob_header import Feed, FeedKind, Pooling
from kernels_ref.blob_layout import ModelShape
from training.classifier import TemporalClassifierModule

SHAPES = {
    "default": ModelShape(16, 4, 1, 32, 2, 4),
    "heads of their own": ModelShape(5, 3, 3, 4, 1, 2),
    "groups": ModelShape(6, 4, 2, 8, 3, 7),
}
KINDS = [
    (name, width, affine, pooling)
    for name, (width, affine), pooling in itertools.product(
        SHAPES, ((0, False), (9, False), (0, True), (9, True)), Pooling
    )
]
SPECTRA = Feed(FeedKind.SPECTRA, 10, 64)


def random_model(
    name: str = "default",
    mlp_width: int = 9,
    input_affine: bool = True,
    pooling: Pooling = Pooling.MEAN,
) -> TemporalClassifierModule:
    """A model in which no two parts have the same weights."""
    base = SHAPES[name]
    dimensions = (base.input_dim, base.n_q_heads, base.n_kv_heads, base.head_dim)
    shape = ModelShape(*dimensions, base.n_layers, base.n_classes, mlp_width, input_affine)
    model = TemporalClassifierModule(shape, pooling, SPECTRA)
    generator = torch.Generator().manual_seed(len(name) + mlp_width)
    with torch.no_grad():
        for parameter in model.parameters():
            deviation = parameter.shape[-1] ** -0.5  # as layers are made: values stay about 1
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * deviation)
    return model


def frames(*shape: int) -> torch.Tensor:
    """Normal numbers, the same on every call."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(3))
