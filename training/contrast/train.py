"""InfoNCE over two views of each window, and what became of it on persons not trained on."""

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
from training.contrast.views import view
from training.contrast.windows import Windows

TEMPERATURE = 0.1
_RATE = 3e-3
_DECAY = 1e-2
_MEASURED_VIEWS = 4  # pairs of views of each window, for its loss

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Budget:
    """What each encoder is given: steps of so many windows."""

    steps: int
    batch: int = 64


@dataclass(frozen=True)
class Trained:
    """On windows of persons not trained on: loss [n] in nats, embeddings [n, EMBEDDING]."""

    loss: Float64
    embeddings: Float64


def info_nce(first: Tensor, second: Tensor) -> Tensor:
    """Loss [n] of unit vectors [n, d] of two views: of all second views, the one of its own window
    has to be the nearest, and the other way round."""
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
    """Every measured window meets the same views, whichever encoder it is."""
    generator = torch.Generator().manual_seed(0)
    losses = []
    for _ in range(_MEASURED_VIEWS):
        pair = [encoder(view(unseen, generator)) for _ in range(2)]
        losses.append(info_nce(pair[0], pair[1]).numpy().astype(np.float64))
    embeddings = encoder(unseen).numpy().astype(np.float64)
    return Trained(np.mean(losses, axis=0), embeddings)
