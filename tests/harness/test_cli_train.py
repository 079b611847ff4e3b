"""`hil train` where it cannot begin."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import harness.doctor
from harness.cli.app import run_cli
from harness.recordings import VARIABLE


def test_without_recordings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert run_cli(["train", "--quick"]) == 2
    assert f"set {VARIABLE} to the folder that holds them" in capsys.readouterr().err


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["train", "--data", str(tmp_path / "none")]) == 2
    assert "none is no folder." in capsys.readouterr().err


def test_without_pytorch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = dataclasses.replace(harness.doctor.TORCH, locate=lambda: None)
    monkeypatch.setattr(harness.doctor, "TORCH", missing)
    assert run_cli(["train", "--data", str(tmp_path), "--report-dir", str(tmp_path / "r")]) == 2
    said = capsys.readouterr().err
    assert "to train" in said
    assert "pip install '.[train]'" in said or "hil test --train" in said
    assert not (tmp_path / "r").exists()


def test_an_unknown_task(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["train", "--task", "sleeping"]) == 2
    assert "'sleeping' is not one of 'actions', 'moving'" in capsys.readouterr().err
