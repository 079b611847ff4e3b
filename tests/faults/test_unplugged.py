"""Pulling the plug: the device's process is killed in the middle of a test.

The device was not judged: BENCH, exit status 2, one sentence, in seconds, and everything measured
before is on disk.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.workshop import ROOT

START_TIMEOUT_S = 120.0
END_TIMEOUT_S = 15.0

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="finds the device's process in Linux's /proc"
)


def descendants(pid: int) -> list[int]:
    """Return the processes below `pid`."""
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []
    return [p for child in children for p in (child, *descendants(child))]


def device_process(session: int, marks: tuple[str, ...]) -> int | None:
    """Return the process below `session` whose program is the device."""
    for pid in descendants(session):
        try:
            program = Path(f"/proc/{pid}/exe").readlink().name
        except OSError:
            continue
        if program.startswith(marks):
            return pid
    return None


def finished_tests(journal: Path) -> list[dict]:
    if not journal.is_file():
        return []
    lines = journal.read_text().splitlines()
    records = [json.loads(line) for line in lines if line.endswith("}")]
    return [record for record in records if record["kind"] == "test"]


def wait_for(condition, seconds: float, session: subprocess.Popen[str]) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert session.poll() is None, "the session ended early:\n" + session.stdout.read()
        assert time.monotonic() < end, f"not in {seconds} s"
        time.sleep(0.02)


@pytest.mark.parametrize(("target", "program"), [("host", "node"), ("qemu", "qemu-system-riscv32")])
def test_a_killed_device_is_the_bench_s_fault(tmp_path: Path, target: str, program: str) -> None:
    journal = tmp_path / "report" / "metrics.jsonl"
    command = [sys.executable, "-m", "pytest", "--target", target, "-p", "no:cacheprovider"]
    with subprocess.Popen(
        [*command, "--report-dir", str(tmp_path / "report"), "hil_tests/test_attention.py"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as session:
        wait_for(lambda: len(finished_tests(journal)) >= 8, START_TIMEOUT_S, session)
        pid = device_process(session.pid, (program,))
        assert pid is not None, "the device's process was not found"
        os.kill(pid, signal.SIGKILL)
        killed = time.monotonic()
        output, _ = session.communicate(timeout=60)
        took = time.monotonic() - killed
    assert session.returncode == 2, output[-3000:]
    assert took < END_TIMEOUT_S
    sentences = [line for line in output.splitlines() if "BENCH" in line]
    assert sentences, output[-3000:]
    assert "Traceback" not in output
    tests = finished_tests(journal)
    assert len(tests) >= 8
    assert [t["verdict"] for t in tests[:8]] == ["PASS"] * 8
    assert not [t["name"] for t in tests if t["verdict"] == "FAIL"]
    whole = [json.loads(line) for line in journal.read_text().splitlines()]
    assert {record["kind"] for record in whole} >= {"step", "boot", "test", "compare"}
    assert (tmp_path / "report" / "junit.xml").is_file()
