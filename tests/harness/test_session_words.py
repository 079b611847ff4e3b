"""What a session tells a person to type, and whose files it touches."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock

from harness.build.build_lock import NoLocks, build_lock
from harness.errors import BenchError
from harness.report import ReportFolder
from tests.harness.patience import PATIENCE_S
from tests.harness.session_runner import ROOT, run_session

FAILS = "def test_fails(node):\n    assert node.status().queue_drops == 1\n"


def repeat_command(output: str) -> list[str]:
    """The command below "repeat exactly this case"."""
    lines = output.splitlines()
    title = next(i for i, line in enumerate(lines) if "repeat exactly this case" in line)
    return shlex.split(lines[title + 1])


def test_the_repeat_command_runs_the_test_where_it_is_pasted(tmp_path: Path) -> None:
    below = tmp_path / "below"
    (below / "here").mkdir(parents=True)
    first = run_session(tmp_path, FAILS)
    (tmp_path / "test_above.py").write_text(FAILS.replace("fails", "above"))
    assert repeat_command(first.output)[-1] == "test_it.py::test_fails"
    words = ["--target", "fake", "../test_above.py", "--build-dir", "here/b"]
    words += ["--report-dir", str(tmp_path / "report")]
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            cwd=below,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 1, done.stdout + done.stderr
        assert "test_above.py::test_above" in done.stdout
        program, *words = repeat_command(done.stdout)
        assert program == "pytest"
        assert words[-1] == "../test_above.py::test_above"
        assert words[words.index("--build-dir") + 1] == "here/b"
        words += ["--report-dir", str(tmp_path / "report")]


def test_a_report_overwrites_nothing_that_no_session_wrote(tmp_path: Path) -> None:
    for name in ("console.log", "metrics.jsonl", "report.html"):
        theirs = tmp_path / name.partition(".")[0]
        theirs.mkdir()
        (theirs / name).write_text("of somebody else")
        with pytest.raises(BenchError, match=f"would overwrite {name} in "):
            ReportFolder.claim(theirs)
        assert (theirs / name).read_text() == "of somebody else"


def test_a_report_takes_the_place_of_an_earlier_one_and_of_nothing_else(tmp_path: Path) -> None:
    folder = ReportFolder.claim(tmp_path)
    folder.metrics.write_text('{"kind":"session"}\n')
    stale = [folder.html, folder.junit, folder.console(), folder.console("gw1", 2)]
    theirs = [tmp_path / "console-of-mine.log", tmp_path / "notes.txt"]
    for path in stale + theirs:
        path.write_text("x")
    ReportFolder.claim(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(theirs)


def test_a_report_of_a_session_killed_at_once_is_no_hindrance(tmp_path: Path) -> None:
    ReportFolder(tmp_path).metrics.touch()
    ReportFolder.claim(tmp_path)
    assert not list(tmp_path.iterdir())


def test_whoever_waits_for_another_build_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    done = threading.Event()

    def build() -> None:
        with build_lock(tmp_path, said.append):
            done.set()

    with FileLock(tmp_path / ".lock"):
        waiting = threading.Thread(target=build)
        waiting.start()
        for _ in range(500):
            if said:
                break
            time.sleep(0.01)
        assert said == [f"waiting for another session that builds in {tmp_path}"]
        assert not done.is_set()
    waiting.join(30)
    assert done.is_set()
    with build_lock(tmp_path, said.append):
        assert len(said) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows always has locks")
def test_a_file_system_without_locks_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno
    import fcntl

    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with (
        pytest.raises(NoLocks, match=r"without locks: No locks available\. Name a folder on"),
        build_lock(tmp_path, print),
    ):
        pass
