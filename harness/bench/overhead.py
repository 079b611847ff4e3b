"""What the bench itself adds: time around a test, and how much of a line an upload reaches."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.bench.line import Rates, rates
from harness.bench.paced_port import paced_port
from harness.bench.results import Measured, Plan, Result
from harness.build import BuildRequest
from harness.connection import SerialConnection
from harness.errors import BenchError
from harness.node.node import Node
from harness.report import Run, Verdict, read_run
from harness.target import find_target, firmware_dir, project_root

AROUND_A_TEST_S = 0.05
SHARE = 0.70
TARGETS = ("host", "qemu", "linux", "esp32s3")
BAUDS = (115_200, 921_600)
_TESTS = ("hil_tests/test_agent.py", "hil_tests/test_controller.py")
_LINE = "hil_tests/test_line.py"
_RATES = ("line rate", "upload", "upload, share of the line")
_TAIL = 600

HOW = (
    "Around a test: set-up and tear-down of tests that need no reset, of all but the first, whose"
    " set-up is the session's. Upload: payload a second into the node's memory, beside what the"
    " line carries, which is the baud rate where there is one and measured where not. Base85 and"
    " what frames a line leave 0.78 of it. The serial ports are scripted, with a host node behind"
)


def measure(plan: Plan) -> Result:
    """Around a test and upload on each target that can run here, upload on serial ports."""
    figures: list[Measured] = []
    for name in TARGETS:
        can_run = all(need.find() for need in find_target(name).requirements)
        run = suite_run("--target", name, "-m", "not reboots", *_TESTS, _LINE) if can_run else None
        figures += [*_around(name, run), *_upload_of(name, run)]
    figures += [figure for baud in BAUDS for figure in _upload_at(baud, plan.rounds)]
    return Result("harness", HOW, (), tuple(figures))


def suite_run(*words: str) -> Run:
    """The journal of a session in a process of its own.

    Raises BenchError when it did not pass: then its times mean nothing.
    """
    with tempfile.TemporaryDirectory(prefix="hil-bench-") as folder:
        command = [sys.executable, "-m", "pytest", "-q", f"--report-dir={folder}", *words]
        done = subprocess.run(
            command,
            cwd=project_root(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            shown = " ".join(["pytest", *words])
            raise BenchError(f"{shown} did not pass: {done.stdout[-_TAIL:].strip()}")
        return read_run(Path(folder, "metrics.jsonl"))


def _around(name: str, run: Run | None) -> list[Measured]:
    """Median and 95th percentile."""
    middle = high = None
    if run is not None:
        seconds = [test.overhead_s for test in run.tests if test.verdict is not Verdict.SKIP][1:]
        middle, high = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
    return [
        Measured(f"around a test, {name}, {what}", value, "s", AROUND_A_TEST_S, at_least=False)
        for what, value in (("median", middle), ("95th percentile", high))
    ]


def _upload_of(name: str, run: Run | None) -> list[Measured]:
    found = {m.name: m.value for m in run.measurements} if run is not None else {}
    line, upload, share = (found.get(wanted) for wanted in _RATES)
    return _figures(name, line, upload, share)


def _upload_at(baud: int, rounds: int) -> list[Measured]:
    found = _paced(baud, rounds) if os.name == "posix" else None
    if found is None:
        return _figures(f"serial at {baud}", None, None, None)
    return _figures(f"serial at {baud}", found.line, found.upload, found.share)


def _paced(baud: int, rounds: int) -> Rates:
    host = find_target("host")
    request = BuildRequest("host", firmware_dir(), project_root() / "build" / "host")
    with paced_port(host.recipe.build(request).elf, baud) as port:
        node = Node(SerialConnection(port, baud))
        node.connection.open()
        try:
            node.wait_boot()
            return rates(node, rounds)
        finally:
            node.connection.close()


def _figures(
    name: str, line: float | None, upload: float | None, share: float | None
) -> list[Measured]:
    return [
        Measured(f"upload, {name}", upload, "B/s"),
        Measured(f"line, {name}", line, "B/s"),
        Measured(f"upload over line, {name}", share, "x", SHARE),
    ]
