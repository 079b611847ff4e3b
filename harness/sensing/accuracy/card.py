"""What lies beside a model: NAME.json beside NAME.rvne, written where it was trained."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BenchError

_NEEDED = ("task", "classes", "held_out")


class NoCard(BenchError):
    """Nothing says what a model's classes are, or whom it was not trained on."""

    def __init__(self, model: Path, why: str) -> None:
        super().__init__(
            f"How right {model} is cannot be told: {why}.",
            f"Put its card {model.with_suffix('.json').name} beside it, as hil train writes it.",
        )
        self.model = model


@dataclass(frozen=True)
class Card:
    """task: of harness.sensing.datasets. classes: words, in the order of the logits. held_out:
    persons whom the model was not trained on; none of a model that was trained on everybody."""

    task: str
    classes: tuple[str, ...]
    held_out: frozenset[str]


def read_card(model: Path) -> Card:
    """The card beside a model. Raises NoCard."""
    path = model.with_suffix(".json")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NoCard(model, f"{path.name} is not there") from None
    except (OSError, ValueError) as error:
        raise NoCard(model, f"{path.name} cannot be read, {error}") from None
    missing = [name for name in _NEEDED if not isinstance(told, dict) or name not in told]
    if missing:
        raise NoCard(model, f"{path.name} does not say {missing[0]}")
    return Card(str(told["task"]), tuple(map(str, told["classes"])), frozenset(told["held_out"]))
