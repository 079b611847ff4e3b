"""Which model a target was given last.

An emulated node's flash is made anew for each session, so this is what is left of a deployment; a
board keeps its model itself.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from harness.sensing.deploy.model import ModelFile


@dataclass(frozen=True)
class LastDeployed:
    """Beside a target's build: the model under its own name, with the card that lay beside it."""

    build_dir: Path

    @property
    def folder(self) -> Path:
        return self.build_dir / "deployed"

    def note(self, model: ModelFile) -> Path:
        """This model runs on the target now. Returns where it is kept."""
        kept = self.folder / model.path.name
        card = model.path.with_suffix(".json")
        card_text = card.read_bytes() if card.is_file() else None
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        kept.write_bytes(model.data)
        if card_text is not None:
            kept.with_suffix(".json").write_bytes(card_text)
        return kept

    def find(self) -> Path | None:
        """The model's file; None where none was deployed."""
        return next(iter(sorted(self.folder.glob("*.rvne"))), None)
