"""How long the suite takes: on one node, on two at once, and as `hil run` runs it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

from harness.bench.overhead import suite_run
from harness.bench.results import Measured, Plan, Result
from harness.errors import BenchError
from harness.target import project_root

WARM_S = 60.0
SHARE = 0.60

HOW = (
    "The whole suite on qemu, built before, once each, by the clock on the wall: pytest, pytest -n"
    " 2, hil run. Of use on a machine with two cores and nothing else to do"
)


def measure(_plan: Plan) -> Result:
    """Some minutes."""
    suite_run("--target", "qemu", "hil_tests/test_layout.py")  # builds
    one, two = (_seconds("pytest", "-q", "--target", "qemu", *words) for words in ((), ("-n", "2")))
    whole = _seconds("harness.cli", "run", "-q")
    return Result(
        "suite",
        HOW,
        (),
        (
            Measured("suite, one worker", one, "s"),
            Measured("suite, two workers", two, "s"),
            Measured("two workers over one", two / one, "x", SHARE, at_least=False),
            Measured("hil run, warm", whole, "s", WARM_S, at_least=False),
        ),
    )


def _seconds(module: str, *words: str) -> float:
    """Of a session in a process of its own. Raises BenchError when it did not pass."""
    with tempfile.TemporaryDirectory(prefix="hil-bench-") as folder:
        command = [sys.executable, "-m", module, *words, f"--report-dir={folder}"]
        begun = time.monotonic()
        done = subprocess.run(
            command,
            cwd=project_root(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            raise BenchError(f"{' '.join([module, *words])} ended with status {done.returncode}.")
        return time.monotonic() - begun
