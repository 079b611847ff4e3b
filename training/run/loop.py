"""One training: steps of AdamW over drawn batches, with averaged weights; it can be resumed."""

from __future__ import annotations

from collections.abc import Callable
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
_MAX_GRADIENT = 1.0
_EARLY = 10  # until so many steps are done, the average is over fewer of them


OnEpoch = Callable[[int, int, float], None]
"""Called with epoch, epochs and loss, after each epoch."""


class Training:
    """A model in training, and the average of its weights.

    `losses` has the mean loss of each epoch's batches, in nats.

    Args:
        model: changed in place; the caller draws its first weights.
        draws: where batches come from.
        recipe: how the model is trained, and how long.
        seed: of the draws and of dropout.
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
        self.losses: list[float] = []
        _add_dropout(model, recipe)

    def run(
        self, checkpoint: Checkpoint | None = None, on_epoch: OnEpoch = lambda _e, _n, _l: None
    ) -> None:
        """Train to the end, from the checkpoint on; then the model has the averaged weights.

        Raises: WrongCheckpoint; Diverged.
        """
        if checkpoint is not None and (state := checkpoint.load()) is not None:
            self._restore(state)
        recipe = self._recipe
        while len(self.losses) < recipe.epochs:
            self.model.train()
            batches = [self._one() for _ in range(recipe.draws // recipe.batch)]
            self.losses.append(float(np.mean(batches)))
            if checkpoint is not None:
                checkpoint.save(self._state())
            on_epoch(len(self.losses), recipe.epochs, self.losses[-1])
        self.model.load_state_dict(self._average)
        self.model.eval()

    def _one(self) -> float:
        windows, wanted = self._draws.batch(self._rng)
        torch.manual_seed(int(self._rng.integers(2**62)))  # of dropout
        logits = self.model(torch.from_numpy(windows))
        loss = _cross_entropy(logits, torch.from_numpy(wanted))
        self._optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), _MAX_GRADIENT)
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
            "losses": list(self.losses),
            "rng": self._rng.bit_generator.state,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self._average = state["average"]
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self._step, self.losses = state["step"], list(state["losses"])
        self._rng.bit_generator.state = state["rng"]


def _cross_entropy(logits: Tensor, wanted: Tensor) -> Tensor:
    return -(wanted * functional.log_softmax(logits, dim=-1)).sum(dim=-1).mean()


def _add_dropout(model: TemporalClassifierModule, recipe: Recipe) -> None:
    """In training, leave out a share of the tokens' features, of what stem, attention and MLP add,
    and of what is classified. The model itself has no dropout."""

    def dropped(module: nn.Module, _inputs: object, out: Tensor) -> Tensor:
        return functional.dropout(out, recipe.dropout, module.training)

    def thinned(module: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
        return (functional.dropout(inputs[0], recipe.pooled_dropout, module.training),)

    once = [part for part in (model.conv, model.stem) if part is not None]
    for part in (*once, *(part for layer in model.layers for part in layer.children())):
        part.register_forward_hook(dropped)
    model.classifier.register_forward_pre_hook(thinned)
