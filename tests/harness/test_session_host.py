"""Sessions on a scripted node whose host fails them: BENCH, one sentence, exit status 2, and all
that was measured on disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.harness.patience import PATIENCE_S
from tests.harness.session_runner import Outcome, run_session, start_session
from tests.harness.test_session_verdicts import PASSES, junit

MEASURES = """
import pytest

@pytest.mark.parametrize("i", range(30))
def test_it(node, device, measure, i):
    measure("i", i, "")
    for k in range(100):
        device.fake.log(f"I ({k}) node: " + "x" * 100)
    node.status()
"""

# Files may grow to so many bytes; stands for a disk that is full.
SMALL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
"""


def is_bench(outcome: Outcome, sentence: str) -> bool:
    """Whether it is BENCH by status, journal, page and last word, without a traceback."""
    assert outcome.status == 2, outcome.output
    assert "Traceback" not in outcome.output and "INTERNALERROR" not in outcome.output
    assert sentence in outcome.output
    assert f"BENCH  {sentence}"[:40] in outcome.output
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
def test_a_disk_that_is_full_ends_the_session(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, MEASURES, fake=SMALL_DISK)
    assert is_bench(outcome, f"The report cannot be written to {outcome.folder / 'console.log'}")
    measured = [record["value"] for record in outcome.of_kind("measure")]
    assert measured == list(range(len(measured))) and 1 <= len(measured) < 30
    assert outcome.end["verdict"] == "BENCH"
    assert "BENCH" in (outcome.folder / "report.html").read_text()
    assert junit(outcome)["errors"] == "1" and junit(outcome)["failures"] == "0"


FULL_JOURNAL = """
import errno
import harness.report.journal as journal

class Full:
    closed = False
    def __init__(self, file): self.file, self.left = file, 3000
    def write(self, data):
        if self.left <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        part = data[: self.left]
        self.left -= len(part)
        return self.file.write(part)
    def close(self): self.file.close()

make = journal.Journal.__init__
def of_a_full_disk(self, path, worker=""):
    make(self, path, worker)
    self._file = Full(self._file)
journal.Journal.__init__ = of_a_full_disk
"""


def test_a_journal_that_is_full_ends_the_session_and_the_page_tells_it_all(tmp_path: Path) -> None:
    tests = PASSES.replace("(node)", "(node, measure)") + "    measure('much', 1, 'x' * 5000)\n"
    outcome = run_session(tmp_path, tests + PASSES.replace("passes", "later"), fake=FULL_JOURNAL)
    assert is_bench(outcome, f"The report cannot be written to {outcome.folder / 'metrics.jsonl'}")
    page = (outcome.folder / "report.html").read_text()
    assert "No space left on device" in page and "test_passes" in page and "much" in page
    assert "test_later" not in page


def test_a_junit_file_that_is_full_is_told_and_the_page_is_made(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    outcome = run_session(tmp_path, PASSES, "--junitxml=/dev/full")
    assert is_bench(outcome, "The session could not be closed: No space left on device.")
    assert outcome.end["verdict"] == "BENCH"
    assert "1 passed" in (outcome.folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--junitxml=/dev/null/out.xml"], "--junitxml /dev/null/out.xml cannot be written: "),
        (["--report-dir=/dev/null/report"], "The report cannot be written to /dev/null/report"),
        (["--baud", "abc"], "--baud abc is not a baud rate."),
        (["--baud", "0"], "--baud 0 is not a baud rate."),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_built(
    tmp_path: Path, options: list[str], sentence: str
) -> None:
    outcome = run_session(tmp_path, PASSES, *options)
    assert outcome.status == 2
    assert sentence in outcome.output
    assert "Error" not in outcome.output and not (tmp_path / "build").exists()


def test_a_junit_path_may_begin_at_home(tmp_path: Path) -> None:
    outcome = run_session(
        tmp_path, PASSES, "--junitxml=~/$OUT/out.xml", env={"HOME": str(tmp_path), "OUT": "made"}
    )
    assert outcome.status == 0, outcome.output
    assert "test_passes" in (tmp_path / "made" / "out.xml").read_text()


@pytest.mark.parametrize("plugin", ["junitxml", "terminal"])
def test_without_a_plugin_of_pytest_s_own(tmp_path: Path, plugin: str) -> None:
    outcome = run_session(tmp_path, PASSES, "-p", f"no:{plugin}")
    assert outcome.status == 0, outcome.output
    assert outcome.end["verdict"] == "PASS" and (outcome.folder / "report.html").is_file()
    assert (outcome.folder / "junit.xml").exists() == (plugin != "junitxml")
    assert "PASS  Every test that ran on fake passed." in outcome.output


ODD_RECORDS = """
import numpy as np, pytest

def test_fails(node):
    raise AssertionError("half of a pair: " + chr(0xDC80))

def test_records(node, metrics, measure):
    metrics.record("sample", x=1)
    metrics.record("end", x=1)
    metrics.record("end", verdict="PASS", sentence="mine", seconds=0)
    metrics.record("fault", message="mine")
    metrics.record("compare", what="mine", ratio="wide", error=1, limit=1)
    metrics.record("measure", name="mine", value="wide")
    metrics.record("finding", minute=3)
    metrics.record("soak", minute=1, values={"logits": float("nan")})
    metrics.record("soak", minute=2, values={"logits": float("inf")})
    metrics.record("soak_plan", minutes=2, clock="stepped")
    measure("odd", float("nan"), "s", budget=1.0)
    measure("scalar", np.float32(2.5), "s")

def test_measures_a_word(node, measure):
    measure("word", "fast", "s")
"""


def test_odd_records_and_messages_keep_nobody_from_the_verdict(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, ODD_RECORDS)
    assert "INTERNALERROR" not in outcome.output, outcome.output
    assert outcome.status == 1
    assert outcome.verdicts == {
        "test_fails": "FAIL",
        "test_records": "PASS",
        "test_measures_a_word": "BENCH",
    }
    assert "measure('word'): 'fast' is not a number." in outcome.output
    page = (outcome.folder / "report.html").read_text()
    assert "half of a pair: \\udc80" in page and "scalar" in page
    assert "2 of 2 are no finite numbers" in page
    for kind in ("1 sample", "2 end", "1 fault", "1 compare", "1 measure", "1 finding"):
        assert kind in page


def test_a_long_folder_for_temporary_files_is_no_hindrance(tmp_path: Path) -> None:
    long = tmp_path / "a_workspace_with_a_long_name" / "of_a_job_on_a_server" / "that_builds_much"
    long = long / "and_keeps_everything_apart"
    long.mkdir(parents=True)
    outcome = run_session(tmp_path, PASSES, env={"TMPDIR": str(long)})
    assert outcome.status == 0, outcome.output


def test_a_build_folder_that_cannot_be_written_is_the_bench_s(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, PASSES, "--build-dir=/dev/null/build")
    assert is_bench(outcome, "The firmware cannot be built in /dev/null/build")
    assert outcome.verdicts == {"test_passes": "BENCH"}


def test_a_fault_in_the_preparation_itself_is_the_bench_s(tmp_path: Path) -> None:
    broken = "def set_up(device):\n    raise KeyError('no such part')\n"
    outcome = run_session(tmp_path, PASSES, fake=broken)
    assert is_bench(outcome, "The session could not be prepared: KeyError: 'no such part'.")
    assert "no such part" in outcome.of_kind("host_fault")[0]["traceback"]


@pytest.mark.parametrize("option", ["--setup-plan", "--cache-show", "--fixtures", "--markers"])
def test_what_only_tells_something_judges_nothing(tmp_path: Path, option: str) -> None:
    arguments = ["-p", "cacheprovider", option] if option == "--cache-show" else [option]
    outcome = run_session(tmp_path, PASSES, *arguments)
    assert outcome.status == 0, outcome.output
    assert "PASS " not in outcome.output and not outcome.folder.exists()


def test_fixtures_that_are_set_up_alone_judge_nothing(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, PASSES, "--setup-only")
    assert outcome.status == 1
    assert outcome.end["sentence"] == "No test ran, so nothing was judged."


WAITS = """
import pathlib, time

def test_before(node, measure):
    measure("before", 1, "")

def test_waits(node):
    pathlib.Path("waiting").write_text("here")
    time.sleep(300)
"""

# The build is a program that starts another, which tells its number and waits.
SLOW_BUILD = """
import sys
from harness.program_output import program_lines

def build(self, request, progress=print):
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(300)"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    with program_lines([sys.executable, "-c", start]) as process:
        open("waiting", "w").write(process.stdout.readline())
        process.stdout.read()
FakeRecipe.build = build
"""


def stop_when_waiting(session: subprocess.Popen[str], folder: Path, number: int) -> None:
    waiting = folder / "waiting"
    while not (waiting.exists() and waiting.stat().st_size):
        assert session.poll() is None, session.communicate()[0]
        time.sleep(0.05)
    session.send_signal(number)


BREAKS = """
from harness.report import html

def render(run):
    raise RuntimeError("the page broke")
html.render = render
"""


@pytest.mark.parametrize(
    ("tests", "status", "verdict"),
    [("def test_a(node): pass", 0, "PASS"), ("def test_a(node): assert 0", 1, "FAIL")],
)
def test_a_page_that_breaks_changes_no_verdict(
    tmp_path: Path, tests: str, status: int, verdict: str
) -> None:
    outcome = run_session(tmp_path, tests, fake=BREAKS)
    assert outcome.status == status and outcome.end["verdict"] == verdict, outcome.output
    assert "the report is a plain page, without plots: RuntimeError: the page broke" in (
        outcome.output
    )
    page = (outcome.folder / "report.html").read_text()
    assert f"<h1>{verdict}: fake</h1>" in page and "test_it.py::test_a" in page


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize(
    ("name", "status", "by"),
    [("SIGTERM", 2, "SIGTERM"), ("SIGHUP", 2, "SIGHUP"), ("SIGINT", 130, "Ctrl-C")],
)
def test_a_session_that_is_ended_has_a_verdict_and_a_page(
    tmp_path: Path, name: str, status: int, by: str
) -> None:
    session = start_session(tmp_path, WAITS)
    stop_when_waiting(session, tmp_path, getattr(signal, name))
    output = session.communicate(timeout=PATIENCE_S)[0]
    outcome = Outcome(session.returncode, output, tmp_path / "report")
    assert outcome.status == status, output
    sentence = (
        f"The session was stopped by {by} while test_it.py::test_waits ran; tests until then: 1."
    )
    assert outcome.end["verdict"] == "BENCH" and outcome.end["sentence"] == sentence
    assert sentence in output and "INTERNALERROR" not in output
    assert sentence in (outcome.folder / "report.html").read_text()
    assert outcome.verdicts == {"test_before": "PASS"} and outcome.of_kind("measure")
    assert "test_before" in (outcome.folder / "junit.xml").read_text()
    assert junit(outcome)["errors"] == "1", "whoever reads only this file takes it for a PASS"


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_session_whose_terminal_goes_has_a_verdict_and_a_page_too(tmp_path: Path) -> None:
    session = start_session(tmp_path, WAITS)
    assert session.stdout is not None
    while not (tmp_path / "waiting").exists():
        time.sleep(0.05)
    session.stdout.close()
    session.send_signal(signal.SIGHUP)
    assert session.wait(PATIENCE_S) == 2
    outcome = Outcome(session.returncode, "", tmp_path / "report")
    assert outcome.end["sentence"].startswith("The session was stopped by SIGHUP while")
    assert "stopped by SIGHUP" in (outcome.folder / "report.html").read_text()
    assert (outcome.folder / "junit.xml").is_file()


def ends(process: int) -> bool:
    """Whether it is gone within ten seconds: a killed one stays until its new parent looks."""
    for _ in range(200):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_session_that_is_ended_leaves_no_build_behind(tmp_path: Path) -> None:
    session = start_session(tmp_path, PASSES, fake=SLOW_BUILD)
    stop_when_waiting(session, tmp_path, signal.SIGTERM)
    output = session.communicate(timeout=PATIENCE_S)[0]
    assert session.returncode == 2, output
    assert "BENCH  The session was stopped by SIGTERM; tests until then: 0." in output
    compiler = int((tmp_path / "waiting").read_text())
    assert ends(compiler), f"the compiler, process {compiler}, is left running"


STOPPED_AT_ITS_END = """
import os, signal
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish():
    os.kill(os.getpid(), getattr(signal, os.environ["STOP"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_session_whose_tests_have_all_been_judged_is_not_cut_short(
    tmp_path: Path, name: str
) -> None:
    outcome = run_session(
        tmp_path, PASSES, "-p", "fake_target", fake=STOPPED_AT_ITS_END, env={"STOP": name}
    )
    assert outcome.status == 0, outcome.output
    assert outcome.end["verdict"] == "PASS" and (outcome.folder / "report.html").is_file()


# As when a signal comes while the process is being started that pytest-embedded's log goes through.
STOPPED_WHILE_IT_STARTS = """
import os, signal, time
from multiprocessing.connection import Connection
from pytest_embedded import log

class Manager(log.MessageQueueManager):
    def start(self, initializer=None, initargs=()):
        recv = Connection.recv
        def stopped(connection):
            Connection.recv = recv
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(300)
        Connection.recv = stopped
        super().start(initializer, initargs)
log.MessageQueueManager = Manager
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_session_that_is_ended_while_it_starts_its_own_processes_ends(tmp_path: Path) -> None:
    session = start_session(tmp_path, PASSES, fake=STOPPED_WHILE_IT_STARTS)
    try:
        output = session.communicate(timeout=PATIENCE_S)[0]
    finally:
        session.kill()
    assert session.returncode == 2, output
    assert "BENCH  The session was stopped by SIGTERM; tests until then: 0." in output


def test_a_killed_session_names_the_test_that_ran(tmp_path: Path) -> None:
    session = start_session(tmp_path, WAITS)
    stop_when_waiting(session, tmp_path, signal.SIGTERM if sys.platform == "win32" else 9)
    session.communicate(timeout=PATIENCE_S)
    journal = tmp_path / "report" / "metrics.jsonl"
    # and the last line is cut inside a character
    journal.write_bytes(journal.read_bytes() + '{"kind":"measure","name":"é'.encode()[:-1])
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli", "report", str(tmp_path / "report")],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "report" / "report.html").read_text()
    assert (
        "The session was ended from outside before it was through while "
        "test_it.py::test_waits ran." in page
    )
