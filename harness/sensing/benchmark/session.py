"""A session of the suite in a process of its own."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BenchError
from harness.program_output import program_output
from harness.report import Run, read_run
from harness.target import project_root

_TAIL = 600


class NotPassed(BenchError):
    """The session did not pass: then its times mean nothing."""

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
    """As a person types it."""
    return " ".join([module.replace("harness.cli", "hil"), *words])
