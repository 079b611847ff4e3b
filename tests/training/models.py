"""Models with random weights, of every kind that a blob can hold."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import torch

from kernels_ref.blob_header import Feed, FeedKind, Pooling
from kernels_ref.blob_layout import ModelShape
from training.classifier import TemporalClassifierModule

SHAPES = {
    "default": ModelShape(16, 4, 1, 32, 2, 4),
    "heads of their own": ModelShape(5, 3, 3, 4, 1, 2),
    "groups": ModelShape(6, 4, 2, 8, 3, 7),
}
EXTENSIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "mlp": {"mlp_width": 9},
    "affine": {"input_affine": True},
    "stem": {"stem_taps": 3, "stem_width": 5},
    "conv": {"conv_taps": 5, "conv_stride": 3, "conv_width": 11},
    "maxima": {"conv_taps": 1, "conv_stride": 1, "conv_width": 4, "max_pooling": True},
    "all": {
        "mlp_width": 9,
        "input_affine": True,
        "stem_taps": 16,
        "stem_width": 7,
        "conv_taps": 4,
        "conv_stride": 2,
        "conv_width": 13,
        "max_pooling": True,
    },
}
KINDS = list(itertools.product(SHAPES, EXTENSIONS, Pooling))
SPECTRA = Feed(FeedKind.SPECTRA, 10, 64)


def random_model(
    name: str = "default", extensions: str = "all", pooling: Pooling = Pooling.MEAN
) -> TemporalClassifierModule:
    """A model in which no two parts have the same weights. Maxima are beside the mean alone."""
    shape = dataclasses.replace(SHAPES[name], **EXTENSIONS[extensions])
    maxima = shape.max_pooling and pooling is Pooling.MEAN
    shape = dataclasses.replace(shape, max_pooling=maxima)
    model = TemporalClassifierModule(shape, pooling, SPECTRA)
    generator = torch.Generator().manual_seed(len(name + extensions))
    with torch.no_grad():
        for parameter in model.parameters():
            deviation = parameter.shape[-1] ** -0.5  # as layers are made: values stay about 1
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * deviation)
    return model


def frames(*shape: int) -> torch.Tensor:
    """Normal numbers, the same on every call."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(3))
