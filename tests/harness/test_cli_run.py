"""`hil run`: on how many nodes at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from harness.cli import run as run_command
from harness.cli.run import _from_here, run_suite, workers
from harness.target import Requirement, find_target, project_root
from tests.harness.patience import PATIENCE_S
from tests.harness.session_runner import CONFTEST, ROOT


@pytest.fixture(autouse=True)
def cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["-q", "--durations=5", "-x"],
        ["--sanitize", "--report-dir", "/tmp"],  # a folder, and no place of tests
        ["--report-dir=/tmp"],
    ],
)
def test_the_whole_suite_runs_on_a_node_a_core(words: list[str]) -> None:
    assert workers(words, find_target("qemu")) == ["-n", "2"]
    assert workers(["--target", "host", *words], find_target("host")) == ["-n", "2"]


@pytest.mark.parametrize(
    "words",
    [
        ["hil_tests/test_boot.py"],
        ["hil_tests/test_boot.py::test_a_cold_start"],
        ["-k", "boot"],
        ["-m", "soak"],
        ["-n", "1"],
        ["-n1"],
        ["--numprocesses=3"],
        ["--count", "2"],
        ["-s"],
        ["--pdb"],
        ["-p", "no:xdist"],
        ["--collect-only"],
        ["--port", "COM8"],
        ["--port-location=1-2"],
    ],
)
def test_who_chooses_gets_what_was_chosen(words: list[str]) -> None:
    assert workers(words, find_target("qemu")) == []


def test_there_is_one_board_and_one_of_esp_idf_s_nodes() -> None:
    assert workers([], find_target("esp32s3", "COM8")) == []
    assert workers([], find_target("linux")) == []


def test_a_machine_with_many_cores_starts_no_more_than_four(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert workers([], find_target("qemu")) == ["-n", "4"]
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert workers([], find_target("qemu")) == []


def test_words_stay_as_they_are_in_the_project_s_own_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(project_root())
    assert _from_here(["-q", "hil_tests/test_boot.py"]) == ["-q", "hil_tests/test_boot.py"]


def test_paths_are_of_the_folder_in_which_they_are_typed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test_mine.py").touch()
    configuration = ["-c", str(project_root() / "pyproject.toml")]
    theirs = ["--report-dir=out", "test_mine.py::test_it"]
    assert _from_here(theirs) == theirs
    assert _from_here(["-k", "docs"]) == [
        *configuration,
        *["-k", "docs", str(project_root() / "hil_tests")],
    ]
    *_, place = _from_here(["hil_tests/test_boot.py::test_a"])
    path, _, name = place.partition("::")
    assert Path(path).resolve() == project_root() / "hil_tests/test_boot.py" and name == "test_a"


@pytest.mark.parametrize("words", [("--port", "COM8"), ("--port-mac=aa:bb",)])
def test_a_chip_with_a_port_is_the_board_and_needs_no_emulator(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    supplied: list[Requirement] = []

    def names(requirements: Iterable[Requirement]) -> list[str]:
        return [requirement.name for requirement in requirements]

    monkeypatch.setattr(run_command, "supply", lambda needs, *_: supplied.extend(needs))
    monkeypatch.setattr(run_command, "run_pytest", lambda *_: 0)
    run_suite(("--target", "esp32s3", *words))
    assert names(supplied) == names(find_target("esp32s3", "COM8").requirements)
    assert names(supplied) != names(find_target("esp32s3").requirements)


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_who_ends_hil_run_ends_the_session_and_it_has_a_verdict(tmp_path: Path) -> None:
    (tmp_path / "test_waits.py").write_text(
        "import pathlib, time\n"
        "def test_waits(node):\n"
        "    pathlib.Path('waiting').touch()\n"
        "    time.sleep(300)\n"
    )
    (tmp_path / "conftest.py").write_text(CONFTEST)
    words = ["--target", "host", "--report-dir", "report", "test_waits.py"]
    session = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "run", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while not (tmp_path / "waiting").exists():
        assert session.poll() is None, session.communicate()[0]
        time.sleep(0.1)
    session.send_signal(signal.SIGTERM)
    output = session.communicate(timeout=PATIENCE_S)[0]
    assert session.returncode == 2, output
    assert "BENCH  The session was stopped by SIGTERM while" in output
    assert (tmp_path / "report" / "report.html").is_file()
