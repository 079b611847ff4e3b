"""`hil train` where it cannot begin."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from harness.cli.app import run_cli
from harness.errors import ToolMissing
from harness.sensing import pytorch as training
from harness.sensing.recordings.manifest import VARIABLE
from harness.target import project_root


def test_without_recordings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert run_cli(["train", "--quick"]) == 2
    assert f"set {VARIABLE} to the folder that holds them" in capsys.readouterr().err


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["train", "--data", str(tmp_path / "none")]) == 2
    assert "none is not a folder." in capsys.readouterr().err


def test_without_pytorch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = dataclasses.replace(training.TORCH, locate=lambda: None)
    monkeypatch.setattr(training, "TORCH", missing)
    monkeypatch.setattr(training, "MADE_BY_HIL", "nothing of this name")
    assert run_cli(["train", "--data", str(tmp_path), "--report-dir", str(tmp_path / "r")]) == 2
    said = capsys.readouterr().err
    assert "to train" in said
    assert "pip install '.[train]'" in said and "hil test --train" in said
    assert not (tmp_path / "r").exists()


def test_hil_s_own_environment_gets_pytorch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ./hil made is its own to add to; there the command goes on by itself."""
    found: list[Path] = []
    here = dataclasses.replace(training.TORCH, locate=lambda: found[0] if found else None)
    monkeypatch.setattr(training, "TORCH", here)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(training, "install_torch", lambda root, say: found.append(root))
    with pytest.raises(ToolMissing):
        training.supply_torch(tmp_path, "to train", print)
    (tmp_path / training.MADE_BY_HIL).touch()
    training.supply_torch(tmp_path, "to train", print)
    training.supply_torch(tmp_path, "to train", print)
    assert found == [tmp_path], "it is installed once"


def test_the_environment_of_hil_is_known_by_what_hil_leaves_there() -> None:
    assert f"$venv/{training.MADE_BY_HIL}\n" in (project_root() / "hil").read_text()


def test_an_unknown_task(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["train", "--task", "sleeping"]) == 2
    assert "'sleeping' is not one of 'actions', 'moving'" in capsys.readouterr().err
