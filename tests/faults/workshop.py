"""Scratch copies of the firmware in which one thing is broken at a time.

A workshop has a few benches. Each bench is a copy of the firmware with a build folder of its own:
a fault is applied to the copy, the suite's named tests run against it, and the fault is taken back,
so that Ninja compiles only what a fault changes.
"""

from __future__ import annotations

import os
import queue
import shutil
import sys
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.program_output import program_output
from tests.faults import enough

ROOT = Path(__file__).resolve().parents[2]
BENCHES = 2
# No session on something broken draws examples or has workers; half a second of each would go into
# loading who does.
PLAIN = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
PLAIN += ("-p", "no:xdist", "-p", "no:xdist.looponfail")
RUN_TIMEOUT_S = 300


class StaleFault(Exception):
    """The table of faults no longer fits the sources."""


@dataclass(frozen=True)
class Edit:
    """One replacement; `old` has to stand in the file exactly once."""

    path: str
    old: str
    new: str

    def apply(self, folder: Path) -> None:
        """Raises StaleFault."""
        file = folder / self.path
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        found = text.count(self.old)
        if found != 1:
            raise StaleFault(
                f"the table of deliberate faults is stale: {self.path} holds"
                f" {self.old!r} {found} times, expected once"
            )
        file.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True)
class Fault:
    """Something broken on purpose, the test that has to notice, and the words it has to find."""

    name: str
    edits: tuple[Edit, ...]
    # below hil_tests/, of a fault of the harness below tests/harness/, or with its folder; a whole
    # function stands for all its cases
    test: str
    words: tuple[str, ...]
    options: tuple[str, ...] = ()  # of pytest, besides the target

    @property
    def needs_recordings(self) -> bool:
        """Whether it is found by recordings of real boards."""
        return self.test.startswith("test_real_boards.py")


@dataclass(frozen=True)
class Outcome:
    """How a session ended: its exit status, what it printed, and each failure's message."""

    status: int
    output: str
    failures: dict[str, str] = field(default_factory=dict)


def run_suite(arguments: list[str], report: Path) -> Outcome:
    """Run pytest on the suite, as a user does, and read its report."""
    words = [sys.executable, "-m", "pytest", *PLAIN, "--report-dir", str(report), *arguments]
    done = program_output(words, cwd=ROOT, timeout=RUN_TIMEOUT_S)
    return Outcome(done.returncode, done.stdout, failures_in(report / "junit.xml"))


def failures_in(junit: Path) -> dict[str, str]:
    """Each test that failed, with what is said of it; nothing when the file was not written."""
    if not junit.is_file():
        return {}
    found = {}
    for case in ElementTree.parse(junit).iter("testcase"):
        for kind in ("failure", "error"):
            for node in case.iter(kind):
                text = f"{node.get('message', '')}\n{node.text or ''}"
                found[case.get("name", "")] = found.get(case.get("name", ""), "") + text
    return found


class Workshop:
    """Runs faults on its benches, several at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._free: queue.SimpleQueue[Path] = queue.SimpleQueue()
        self._pool = ThreadPoolExecutor(BENCHES)
        self._numbers = iter(range(1_000_000))
        self._lock = threading.Lock()
        (folder / "fixtures").symlink_to(ROOT / "fixtures")  # an image embeds a blob of theirs
        for number in range(BENCHES):
            bench = folder / f"bench{number}"
            shutil.copytree(ROOT / "firmware", bench, ignore=shutil.ignore_patterns("build"))
            self._free.put(bench)

    def submit(self, fault: Fault) -> Future[Outcome]:
        """Queue a fault; the result raises StaleFault when it cannot be applied."""
        return self._pool.submit(self._run, fault)

    def close(self) -> None:
        """Drop what has not begun, wait for what has."""
        self._pool.shutdown(cancel_futures=True)

    def _run(self, fault: Fault) -> Outcome:
        bench = self._free.get()
        with self._lock:
            report = self._folder / f"report{next(self._numbers)}"
        try:
            with broken(bench, fault):
                found = enough.options(fault.words)
                arguments = ["--target", "host", "--firmware-dir", str(bench), *fault.options]
                return run_suite([*arguments, "-q", *found, *_of_test(fault, report)], report)
        finally:
            self._free.put(bench)


def _of_test(fault: Fault, report: Path) -> list[str]:
    """A test that asks for no device is no session of the bench, which would write the report."""
    if "/" in fault.test:
        return [f"--junitxml={report / 'junit.xml'}", fault.test]
    return [f"hil_tests/{fault.test}"]


@contextmanager
def broken(folder: Path, fault: Fault) -> Iterator[None]:
    """Inside, `folder` has the fault; afterwards it is as it was, and looks changed."""
    before = {edit.path: _read(folder / edit.path) for edit in fault.edits}
    try:
        for edit in fault.edits:
            edit.apply(folder)
        yield
    finally:
        for path, text in before.items():
            if text is not None:
                (folder / path).write_bytes(text)
                os.utime(folder / path)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
