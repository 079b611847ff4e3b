"""The head's layers as an encoder from a window of spectra to a unit vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from kernels_ref.classifier import AETHER_PATTERN
from kernels_ref.head import Backend
from training.aggregator import AetherTemporalAggregator

LAYERS = 2
HIDDEN = 64
EMBEDDING = 32


class Encoder(nn.Module):
    """x <- x + attention(x), x <- x + MLP(x), twice; mean and deviation over the tokens; a matrix;
    normalised to length 1.

    Dense and sparse encoders have the same weights, and with the same seed the same values.
    """

    def __init__(self, width: int, backend: Backend) -> None:
        super().__init__()
        self.attentions = nn.ModuleList(
            AetherTemporalAggregator(width, pattern=AETHER_PATTERN, backend=backend)
            for _ in range(LAYERS)
        )
        self.mlps = nn.ModuleList(
            nn.Sequential(nn.Linear(width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, width))
            for _ in range(LAYERS)
        )
        self.out = nn.Linear(2 * width, EMBEDDING)

    def forward(self, x: Tensor) -> Tensor:
        """Windows [B, T, width] -> [B, EMBEDDING]."""
        for attention, mlp in zip(self.attentions, self.mlps, strict=True):
            x = x + attention(x)
            x = x + mlp(x)
        pooled = torch.cat([x.mean(dim=1), x.std(dim=1)], dim=1)
        return functional.normalize(self.out(pooled), dim=1)
