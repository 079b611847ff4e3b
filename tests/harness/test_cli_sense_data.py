"""`hil sense --data` on recordings that are made up: the whole way, and what stands in its way."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.cli.app import run_cli
from harness.sensing.recordings.manifest import VARIABLE
from harness.target import project_root

COULD_NOT_RUN = 2


def sense(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    command = [sys.executable, "-m", "harness.cli", "sense", "--data", str(folder)]
    return subprocess.run(
        [*command, "--target", "host", *words],
        cwd=project_root(),
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def store(path: Path, seconds: int, moves: bool, seed: int) -> None:
    """Frames at 20 a second: carriers with noise of a count, and with movement by a third."""
    rng = np.random.default_rng(seed)
    us = np.arange(seconds * 20) * 50_000
    level = 40 + 10 * np.sin(np.arange(52) / 4)
    swing = np.sin(2 * np.pi * 1.3 * us[:, None] / 1e6 + np.arange(52) / 5) if moves else 0
    amplitudes = level * (1 + 0.3 * swing) + rng.normal(0, 1, (len(us), 52))
    np.savez(path, amplitudes=np.maximum(amplitudes, 0), us=us)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store(tmp_path / "empty.npz", 40, False, 1)
    store(tmp_path / "walk.npz", 20, True, 2)
    (tmp_path / "manifest.csv").write_text(
        "file,label,session\nempty.npz,empty,hall\nwalk.npz,walking,hall\n"
    )
    return tmp_path


def test_figures_stand_beside_their_targets(folder: Path) -> None:
    report = folder / "report"
    done = sense(folder, "--json", "--report-dir", str(report))
    assert done.returncode == 0, done.stderr[-3000:]
    figures = {figure["name"]: figure for figure in json.loads(done.stdout)["figures"]}
    auc = figures["empty against moving: AUC of motion_energy, worst session"]
    assert (auc["met"], auc["target"], auc["at_least"]) == (True, 0.94, True)
    assert figures["falls told, empty rooms"]["value"] == 0
    assert figures["state of the edge features"]["note"] == "on the target"
    assert not any(name.startswith("breathing within") for name in figures)
    page = (report / "sense.html").read_text()
    assert "0 of" in page and "targets missed" in page and page.count("<svg") >= 2
    assert "empty against moving" in page
    assert not re.search(r"""(src|href)=["']http|@import""", page), "the page needs nothing else"


def test_a_target_that_is_missed_is_status_one(folder: Path) -> None:
    """The labels the other way round: nobody who moves is told, and an empty room moves."""
    (folder / "manifest.csv").write_text(
        "file,label,session\nempty.npz,walking,hall\nwalk.npz,empty,hall\n"
    )
    done = sense(folder, "--report-dir", str(folder / "report"))
    assert done.returncode == 1, done.stderr[-3000:]
    lines = [line for line in done.stdout.splitlines() if "worst session" in line]
    assert len(lines) == 1 and "MISSED" in lines[0] and ">= 0.940" in lines[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [(None, "has no manifest.csv"), ("file,label\nempty.npz,unknown\n", "Nothing can be measured")],
)
def test_what_cannot_be_measured_is_said_at_once(
    folder: Path, text: str | None, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "manifest.csv").unlink()
    if text is not None:
        (folder / "manifest.csv").write_text(text)
    assert run_cli(["sense", "--data", str(folder), "--target", "host"]) == COULD_NOT_RUN
    assert why in capsys.readouterr().err
