"""One training: steps of AdamW over drawn batches, weights averaged, resumable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.classifier import TemporalClassifierModule
from training.run.checkpoint import Checkpoint
from training.run.draws import Draws
from training.run.recipe import Recipe

_WARMUP = 0.15
_STEEPEST = 1.0
_EARLY = 10  # the average is of fewer steps until so many are done


@dataclass
class Curve:
    """Mean loss of each epoch's batches, in nats."""

    losses: list[float] = field(default_factory=list)


Told = Callable[[int, int, float], None]
"""told(epoch, epochs, loss), after each epoch."""


class Training:
    """A model, its averaged twin, and what the next step needs.

    Args:
        model: changed in place.
        draws: where batches come from.
        recipe: how long and how.
        seed: of draws, of dropout. The model's own first weights are the caller's.
    """

    def __init__(
        self, model: TemporalClassifierModule, draws: Draws, recipe: Recipe, seed: int
    ) -> None:
        self.model, self._draws, self._recipe = model, draws, recipe
        self._rng = np.random.default_rng(seed)
        trained = [weight for weight in model.parameters() if weight.requires_grad]
        self._optimizer = torch.optim.AdamW(trained, lr=recipe.rate, weight_decay=recipe.decay)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, recipe.rate, total_steps=recipe.steps, pct_start=_WARMUP
        )
        self._average = {name: value.clone() for name, value in model.state_dict().items()}
        self._step = 0
        self.curve = Curve()
        _add_dropout(model, recipe)

    def run(
        self, checkpoint: Checkpoint | None = None, told: Told = lambda _e, _n, _l: None
    ) -> None:
        """To the end, from wherever it stands; afterwards the model has the averaged weights.

        Raises: WrongCheckpoint; Diverged.
        """
        if checkpoint is not None and (state := checkpoint.load()) is not None:
            self._restore(state)
        recipe = self._recipe
        while len(self.curve.losses) < recipe.epochs:
            self.model.train()
            losses = [self._one() for _ in range(recipe.draws // recipe.batch)]
            self.curve.losses.append(float(np.mean(losses)))
            if checkpoint is not None:
                checkpoint.save(self._state())
            told(len(self.curve.losses), recipe.epochs, self.curve.losses[-1])
        self.model.load_state_dict(self._average)
        self.model.eval()

    def _one(self) -> float:
        windows, wanted = self._draws.batch(self._rng)
        torch.manual_seed(int(self._rng.integers(2**62)))  # of dropout
        logits = self.model(torch.from_numpy(windows))
        loss = _cross_entropy(logits, torch.from_numpy(wanted))
        self._optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), _STEEPEST)
        self._optimizer.step()
        self._schedule.step()
        self._step += 1
        kept = min(self._recipe.average, (1 + self._step) / (_EARLY + self._step))
        with torch.no_grad():
            for name, value in self.model.state_dict().items():
                self._average[name].mul_(kept).add_(value, alpha=1 - kept)
        return float(loss.detach())

    def _state(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "average": self._average,
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "step": self._step,
            "losses": list(self.curve.losses),
            "rng": self._rng.bit_generator.state,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self._average = state["average"]
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self._step, self.curve.losses = state["step"], list(state["losses"])
        self._rng.bit_generator.state = state["rng"]


def _cross_entropy(logits: Tensor, wanted: Tensor) -> Tensor:
    return -(wanted * functional.log_softmax(logits, dim=-1)).sum(dim=-1).mean()


def _add_dropout(model: TemporalClassifierModule, recipe: Recipe) -> None:
    """In training, a share of tokens' features, of what stem, attention and MLP add, and of what is
    classified is left out. The model itself has none."""

    def dropped(module: nn.Module, _inputs: object, out: Tensor) -> Tensor:
        return functional.dropout(out, recipe.dropout, module.training)

    def thinned(module: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
        return (functional.dropout(inputs[0], recipe.pooled_dropout, module.training),)

    once = [part for part in (model.conv, model.stem) if part is not None]
    for part in (*once, *(part for layer in model.layers for part in layer.children())):
        part.register_forward_hook(dropped)
    model.classifier.register_forward_pre_hook(thinned)
