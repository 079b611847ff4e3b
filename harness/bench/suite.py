"""How long the suite takes: on one node, on two at once, and as `hil run` runs it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

from harness.bench.overhead import suite_run
from harness.bench.results import Measured, Plan, Result
from harness.target import project_root

WARM_S = 60.0
SHARE = 0.60
_TAIL = 600

HOW = (
    "The whole suite on qemu, built before, once each, by the clock on the wall: pytest, pytest -n"
    " 2, hil run. Of use on a machine with two cores and nothing else to do"
)


def measure(_plan: Plan) -> Result:
    """Some minutes."""
    suite_run("--target", "qemu", "hil_tests/test_layout.py")  # builds
    one, two = (_seconds("pytest", "-q", "--target", "qemu", *words) for words in ((), ("-n", "2")))
    whole = _seconds("harness.cli", "run", "-q")
    ratio = two / one if one and two else None
    return Result(
        "suite",
        HOW,
        (),
        (
            Measured("suite, one worker", one, "s"),
            Measured("suite, two workers", two, "s"),
            Measured("two workers over one", ratio, "x", SHARE, at_least=False),
            Measured("hil run, warm", whole, "s", WARM_S, at_least=False),
        ),
    )


def _seconds(module: str, *words: str) -> float | None:
    """Of a session in a process of its own. None, and why on stderr, when it did not pass: then
    its time means nothing, and the others' do."""
    shown = " ".join([module.replace("harness.cli", "hil"), *words])
    _say(f"{shown}, a minute or more")
    with tempfile.TemporaryDirectory(prefix="hil-bench-") as folder:
        command = [sys.executable, "-m", module, *words, f"--report-dir={folder}"]
        begun = time.monotonic()
        done = subprocess.run(
            command,
            cwd=project_root(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        seconds = time.monotonic() - begun
    if done.returncode:
        _say(f"{shown} ended with status {done.returncode}: {done.stdout[-_TAIL:].strip()}")
        return None
    return seconds


def _say(text: str) -> None:
    sys.stderr.write(f"hil: suite: {text}\n")
    sys.stderr.flush()
