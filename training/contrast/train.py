"""InfoNCE over two views of each window, and its measure on persons not trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from kernels_ref.head import Backend
from training.contrast.encoder import Encoder
from training.contrast.windows import Windows

TEMPERATURE = 0.1
_RATE = 3e-3
_DECAY = 1e-2
_MEASURED_VIEWS = 4  # pairs of views of each window, for its loss

_GAIN = 0.2  # of a feature, which is a logarithm: one offset for all frames
_NOISE = 0.2  # of each value, in standard deviations
_LOST = 0.15  # of the frames, in one piece, where the frame before is repeated
_SHIFT = 0.2  # of the window, cyclic
_BAND = 0.1  # of the features, set to their mean

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Budget:
    """How long each encoder is trained: steps, and windows a step."""

    steps: int
    batch: int = 64


@dataclass(frozen=True)
class Trained:
    """Results on persons not trained on: loss [n] in nats, embeddings [n, EMBEDDING]."""

    loss: Float64
    embeddings: Float64


def view(x: Tensor, generator: torch.Generator) -> Tensor:
    """A view of each standardised window of x [B, T, D]: as another radio might have heard it."""
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


def info_nce(first: Tensor, second: Tensor) -> Tensor:
    """The loss [n] of unit vectors [n, d] of two views: the nearest of all second views should be
    that of the same window, and the other way round."""
    scores = first @ second.T / TEMPERATURE
    own = torch.arange(len(first))
    there = functional.cross_entropy(scores, own, reduction="none")
    back = functional.cross_entropy(scores.T, own, reduction="none")
    return (there + back) / 2


def train(
    windows: Windows,
    unseen: Windows,
    backend: Backend,
    seed: int,
    budget: Budget,
    tell: Callable[[int], None] = lambda _step: None,
) -> Trained:
    """An encoder of `windows`, measured on `unseen`.

    The seed decides the first weights, the batches and the views, the same ones for dense and
    sparse. Features are standardised by the windows that are trained on.
    """
    mean = windows.x.mean(axis=(0, 1))
    scale = windows.x.std(axis=(0, 1)) + 1e-6
    seen, others = (torch.from_numpy((some.x - mean) / scale).float() for some in (windows, unseen))
    torch.manual_seed(seed)
    encoder = Encoder(seen.shape[-1], backend)
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, budget.steps)
    generator = torch.Generator().manual_seed(seed)
    for step in range(budget.steps):
        batch = seen[torch.randperm(len(seen), generator=generator)[: budget.batch]]
        both = encoder(torch.cat([view(batch, generator), view(batch, generator)]))
        loss = info_nce(*both.chunk(2)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        tell(step + 1)
    return _measure(encoder.eval(), others)


@torch.no_grad()
def _measure(encoder: Encoder, unseen: Tensor) -> Trained:
    """The views of each window are the same for every encoder."""
    generator = torch.Generator().manual_seed(0)
    losses = []
    for _ in range(_MEASURED_VIEWS):
        pair = [encoder(view(unseen, generator)) for _ in range(2)]
        losses.append(info_nce(pair[0], pair[1]).numpy().astype(np.float64))
    embeddings = encoder(unseen).numpy().astype(np.float64)
    return Trained(np.mean(losses, axis=0), embeddings)
