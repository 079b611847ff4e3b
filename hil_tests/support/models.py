"""The models that tests are about: a named one, the one deployed last, or the project's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.sensing.deploy.model import LastDeployed, ModelFile, read_model
from harness.target import project_root


def committed_models() -> list[ModelFile]:
    """Those of fixtures/models."""
    folder = project_root() / "fixtures" / "models"
    return [read_model(path) for path in sorted(folder.glob("*.rvne"))]


def chosen_models(config: pytest.Config, last: bool) -> list[ModelFile]:
    """What --model names; else, with `last`, what was deployed last to this target; else the
    project's own."""
    option = config.option
    named = option.model
    if named is None and last and option.build_dir:
        named = LastDeployed(Path(option.build_dir)).find()
    return committed_models() if named is None else [read_model(named)]
