"""A copy of the firmware in which one file is another, and what the tests say of it."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import resource
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 600.0


class Verdict(Enum):
    """What the tests made of a mutant."""

    KILLED = "killed"
    NO_VERDICT = "no verdict"  # the node did not answer well enough to be judged
    TOO_LONG = "too long or crashed"
    SURVIVED = "survived"


_OF_STATUS = {0: Verdict.SURVIVED, 1: Verdict.KILLED, 2: Verdict.NO_VERDICT}


class Bench:
    """The copy, with build folders of its own: Ninja compiles what a mutant changes.

    longest_cpu_s: of a session, as a part that loops for ever does so inside it; of tests that have
    been seen to pass, twice what they took.
    """

    def __init__(self, folder: Path, longest_cpu_s: int = 12) -> None:
        self.firmware = folder / "firmware"
        self._longest_cpu_s = longest_cpu_s
        self._report = folder / "report"
        self._passed: dict[tuple[str, ...], int] = {}  # and the longest that they may take
        shutil.copytree(ROOT / "firmware", self.firmware, ignore=shutil.ignore_patterns("build"))
        (folder / "fixtures").symlink_to(ROOT / "fixtures")  # an image embeds a blob of theirs

    def why_it_fails(self, tests: tuple[str, ...]) -> str | None:
        """What pytest prints where the tests fail on what is there.

        They run in this process: what they import and what the oracle told them is there for every
        later session, which is a fork.
        """
        said = io.StringIO()
        if tests not in self._passed:
            began = time.process_time()
            with contextlib.redirect_stdout(said):
                status = pytest.main(self._words(tests))
            if status != 0:
                return said.getvalue()
            self._passed[tests] = 2 + round(2 * (time.process_time() - began))
        return None

    def judge(self, tests: tuple[str, ...]) -> Verdict:
        """Run the tests until one fails."""
        session = multiprocessing.get_context("fork").Process(target=self._session, args=(tests,))
        session.start()
        session.join(LONGEST_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(session.pid or 0, signal.SIGKILL)
        session.join()
        return _OF_STATUS.get(session.exitcode or 0, Verdict.TOO_LONG)

    @contextmanager
    def changed(self, path: str, text: str) -> Iterator[None]:
        """Inside, the file below firmware/ has this text."""
        file = self.firmware / path
        before = file.read_text(encoding="utf-8")
        file.write_text(text, encoding="utf-8")
        try:
            yield
        finally:
            file.write_text(before, encoding="utf-8")

    def _session(self, tests: tuple[str, ...]) -> None:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (self._passed.get(tests, self._longest_cpu_s),) * 2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os._exit(pytest.main(self._words(tests)))

    def _words(self, tests: tuple[str, ...]) -> list[str]:
        words = [f"--rootdir={ROOT}", f"--confcutdir={ROOT}", "-x", "-q", "-p", "no:cacheprovider"]
        words += ["--target", "host", "--firmware-dir", str(self.firmware)]
        return [*words, "--report-dir", str(self._report), *(str(ROOT / name) for name in tests)]
