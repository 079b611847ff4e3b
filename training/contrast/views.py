"""Two views of one window: what a radio elsewhere in the same moment could have made of it."""

from __future__ import annotations

import torch
from torch import Tensor

_GAIN = 0.2  # of a feature that is a logarithm: one step for all, as amplitudes or noise make it
_NOISE = 0.2  # of a standard deviation, each value
_LOST = 0.15  # of the frames, in one piece: the frame before stands for them
_SHIFT = 0.2  # of the window, round its end
_BAND = 0.1  # of the features, set to their mean


def view(x: Tensor, generator: torch.Generator) -> Tensor:
    """Standardised windows [B, T, D], each changed in its own way; the same shape out."""
    batch, length, width = x.shape

    def draw(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator)

    shift = (draw(batch) * _SHIFT * length).long()
    steps = torch.arange(length)
    place = (steps + shift[:, None]) % length
    begin, span = draw(batch) * length, draw(batch) * _LOST * length
    lost = (steps >= begin[:, None]) & (steps < (begin + span)[:, None])
    place = torch.where(lost, place.gather(1, begin.long()[:, None]), place)
    moved = x.gather(1, place[:, :, None].expand(-1, -1, width))
    gain = _GAIN * torch.randn((batch, 1, width), generator=generator)
    noise = _NOISE * torch.randn((batch, length, width), generator=generator)
    kept = draw(batch, 1, width) >= _BAND
    return (moved + gain + noise) * kept
