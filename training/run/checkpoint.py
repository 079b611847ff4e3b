"""The state of a training on disk, from which it continues as if it had never stopped."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from harness.errors import BenchError


class WrongCheckpoint(BenchError):
    """The checkpoint belongs to another training."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"{path} is of another training: {what}.", "Remove it, or train without --resume."
        )
        self.path = path


@dataclass(frozen=True)
class Checkpoint:
    """Where the state is kept. key: all that the training depends on, to tell others apart."""

    path: Path
    key: str

    def save(self, state: dict[str, Any]) -> None:
        """Write the state, completely or not at all."""
        held = io.BytesIO()
        torch.save({"key": self.key, **state}, held)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".part")
        partial.write_bytes(held.getvalue())
        partial.replace(self.path)

    def load(self) -> dict[str, Any] | None:
        """The state, or None if nothing was saved. Raises WrongCheckpoint."""
        if not self.path.is_file():
            return None
        try:
            state: dict[str, Any] = torch.load(self.path, weights_only=True)
        except Exception as error:  # noqa: BLE001 - torch raises whatever pickle does
            raise WrongCheckpoint(self.path, f"it cannot be read, {error}") from None
        if state.get("key") != self.key:
            raise WrongCheckpoint(self.path, f"it was made by {state.get('key')}")
        return state
