"""Ctrl-C in a terminal reaches the harness and the emulated node alike: what was seen is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENOUGH_S = 240.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals to a group: POSIX only")


def records(report: Path, kind: str) -> list[dict[str, Any]]:
    file = report / "metrics.jsonl"
    lines = file.read_text().splitlines() if file.is_file() else []
    found = [json.loads(line) for line in lines if line.endswith("}")]
    return [record for record in found if record["kind"] == kind]


def test_a_soak_that_is_stopped_ends_in_bench_with_the_report_of_what_was_seen(
    tmp_path: Path,
) -> None:
    report = tmp_path / "report"
    command = [sys.executable, "-m", "harness.cli", "soak", "--duration", "8h", "--target", "host"]
    with subprocess.Popen(
        [*command, "--report-dir", str(report)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as hil:
        deadline = time.monotonic() + ENOUGH_S
        while len(records(report, "soak")) < 4:
            assert time.monotonic() < deadline, "no minute was measured"
            assert hil.poll() is None, hil.stdout and hil.stdout.read()
            time.sleep(0.1)
        os.killpg(hil.pid, signal.SIGINT)
        said, _ = hil.communicate(timeout=ENOUGH_S)
    assert hil.returncode == 2, said
    assert "Traceback" not in said
    minutes = len(records(report, "soak"))
    assert minutes >= 4
    (end,) = records(report, "end")
    assert end["verdict"] == "BENCH"
    assert f"The soak was stopped: {minutes} min of 8 h 00 min" in end["sentence"]
    assert end["sentence"].endswith("nothing wrong.")
    page = (report / "report.html").read_text()
    assert "<h2>Soak</h2>" in page and "Error of the logits" in page
