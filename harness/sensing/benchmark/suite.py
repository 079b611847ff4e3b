"""How long the suite takes: on one node, on two at once, and as `hil run` runs it."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from harness.cli.console import say
from harness.errors import BenchError
from harness.program_output import program_output
from harness.report import Run, read_run
from harness.sensing.benchmark.results import Plan, Result
from harness.sensing.figure import Figure
from harness.target import project_root

WARM_S = 60.0
SHARE = 0.60

HOW = (
    "The whole suite on qemu, built beforehand, once each, by the wall clock: pytest, pytest -n 2,"
    " hil run. Useful on a machine with two cores and nothing else to do"
)

_TAIL = 600


def measure(_plan: Plan) -> Result:
    """Runs the suite three times, which takes minutes."""
    session("pytest", "--target", "qemu", "hil_tests/test_layout.py")  # builds
    one, two = (_seconds("pytest", "--target", "qemu", *words) for words in ((), ("-n", "2")))
    whole = _seconds("harness.cli", "run")
    ratio = two / one if one and two else None
    return Result(
        "suite",
        HOW,
        (),
        (
            Figure("suite, one worker", one, unit="s"),
            Figure("suite, two workers", two, unit="s"),
            Figure("two workers over one", ratio, SHARE, at_least=False, unit="x"),
            Figure("hil run, warm", whole, WARM_S, at_least=False, unit="s"),
        ),
    )


def _seconds(module: str, *words: str) -> float | None:
    """None when it did not pass, and stderr says why: the other sessions' times still count."""
    say(f"suite: {shown(module, *words)}, a minute or more")
    try:
        return session(module, *words).seconds
    except NotPassed as error:
        say(f"suite: {error}")
        return None


class NotPassed(BenchError):
    """The session did not pass, so its times mean nothing."""

    def __init__(self, shown: str, output: str) -> None:
        super().__init__(f"{shown} did not pass: {output[-_TAIL:].strip()}")


@dataclass(frozen=True)
class Session:
    """seconds: from its start to its end. run: its journal."""

    seconds: float
    run: Run


def session(module: str, *words: str) -> Session:
    """`python -m module words`: pytest, or `hil` with the word run. Raises NotPassed."""
    with tempfile.TemporaryDirectory(prefix="hil-bench-") as folder:
        command = [sys.executable, "-m", module, *words, "-q", f"--report-dir={folder}"]
        begun = time.monotonic()
        done = program_output(command, cwd=project_root())
        seconds = time.monotonic() - begun
        if done.returncode:
            raise NotPassed(shown(module, *words), done.stdout)
        return Session(seconds, read_run(Path(folder, "metrics.jsonl")))


def shown(module: str, *words: str) -> str:
    """The command as a person types it."""
    return " ".join([module.replace("harness.cli", "hil"), *words])
