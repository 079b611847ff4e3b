"""Whoever ends a command ends what it has started, and gets what there was until then."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.interrupt import ctrl_c
from harness.project.side_by_side import SideBySide
from tests.harness.patience import PATIENCE_S
from tests.harness.session_runner import CONFTEST, ROOT, run_session
from tests.harness.test_session_host import ends

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")

STAGES = """
import sys
from pathlib import Path
from harness.project import selftest, side_by_side
from harness.cli.app import run_cli
from harness.project.stages import Stage

here = Path(sys.argv[1])
side_by_side._REST_S = 1.0
selftest.project_root = lambda: here
selftest.supply = lambda *_: None


def stage(name, code, junit=None):
    return Stage(name, (sys.executable, "-c", code), junit)


GRANDCHILD = f'''
import subprocess, sys, time
code = "import os, signal, time; "
code += "signal.signal(15, signal.SIG_IGN); signal.signal(2, signal.SIG_IGN); "
code += "open({str(here)!r} + '/grandchild', 'w').write(str(os.getpid())); time.sleep(300)"
subprocess.run([sys.executable, "-c", code])
'''
TESTS = f'''
import os, signal, time
def end(number, frame):
    counts = 'tests="7" failures="FAILURES" errors="1" skipped="0"'
    open({str(here)!r} + "/tests.xml", "w").write(
        f"<testsuites><testsuite {{counts}}/></testsuites>")
    os._exit(2)
for number in (1, 2, 15):
    signal.signal(number, end)
open({str(here)!r} + "/tests", "w").write(str(os.getpid()))
time.sleep(300)
'''.replace("FAILURES", sys.argv[2])
selftest.all_stages = lambda *_, **__: [
    stage("good", "pass"),
    stage("never", "open('never', 'w')"),
    stage("tests", TESTS, here / "tests.xml"),
    stage("lint", GRANDCHILD),
]
import os
os.cpu_count = lambda: 3
selftest.run_stages = (lambda run: lambda stages, *rest: run(
    [stages[0], *stages[2:], stages[1]], *rest))(selftest.run_stages)
sys.exit(run_cli(["test"]))
"""


def started(folder: Path, *names: str, by: subprocess.Popen[str] | None = None) -> list[int]:
    """The processes that have written their numbers there; `by` starts them and has not ended."""
    deadline = time.monotonic() + PATIENCE_S
    files = [folder / name for name in names]
    while not all(file.exists() and file.read_text() for file in files):
        assert time.monotonic() < deadline
        assert by is None or by.poll() is None, by.communicate()[0]
        time.sleep(0.05)
    return [int(file.read_text()) for file in files]


@pytest.mark.parametrize(
    ("name", "failures", "status", "said"),
    [
        ("SIGTERM", 0, 2, "BENCH: ended by SIGTERM"),
        ("SIGHUP", 0, 2, "BENCH: ended by SIGHUP"),
        ("SIGINT", 0, 130, "BENCH: ended by Ctrl-C"),
        ("SIGTERM", 2, 1, "FAIL: ended by SIGTERM"),
    ],
)
def test_hil_test_ends_its_stages_and_says_what_there_was(
    tmp_path: Path, name: str, failures: int, status: int, said: str
) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", STAGES, str(tmp_path), str(failures)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    processes = started(tmp_path, "tests", "grandchild", by=run)
    run.send_signal(getattr(signal, name))
    output = run.communicate(timeout=PATIENCE_S)[0]
    assert run.returncode == status, output
    assert said in output
    rows = {row.split()[0]: row for row in output.splitlines() if row}
    assert "PASS" in rows["good"]
    assert ("FAIL" if failures else "BENCH") in rows["tests"] and f"ended by {name}" in rows[
        "tests"
    ]
    assert "BENCH" in rows["lint"] and f"ended by {name}" in rows["lint"]
    assert f"not begun, since {name} came before" in rows["never"]
    assert not (tmp_path / "never").exists()
    assert all(map(ends, processes)), f"one of {processes} is left running"


def test_a_program_that_does_not_end_is_killed_the_second_time(tmp_path: Path) -> None:
    code = f"""
import os, signal, time
signal.signal(15, signal.SIG_IGN)
open({str(tmp_path / "deaf")!r}, "w").write(str(os.getpid()))
time.sleep(300)
"""
    side, status = SideBySide(), []
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-c", code]
        run = threading.Thread(
            target=lambda: status.append(side.run(command, tmp_path, log, os.environ))
        )
        run.start()
        (deaf,) = started(tmp_path, "deaf")
        side.end(signal.SIGTERM)
        run.join(1.5)
        assert run.is_alive() and not status
        side.end(signal.SIGTERM)
        run.join(PATIENCE_S)
    assert status == [-9]
    assert ends(deaf)


WAITS = {
    "run": ["run", "--target", "host", "test_waits.py"],
    "soak": ["soak", "--target", "host", "test_waits.py"],
}


@pytest.mark.parametrize("to", ["the command alone", "its group"])
@pytest.mark.parametrize("command", WAITS)
def test_ctrl_c_reaches_the_session_once(tmp_path: Path, command: str, to: str) -> None:
    """From a terminal it comes to both, and is handed on as well: one wish all the same."""
    (tmp_path / "test_waits.py").write_text(
        "import os, pathlib, pytest, time\n"
        "@pytest.mark.soak\n"
        "def test_waits(node):\n"
        "    pathlib.Path('waiting').write_text(str(os.getpid()))\n"
        "    time.sleep(300)\n"
    )
    (tmp_path / "conftest.py").write_text(CONFTEST)
    more = ["-m", "soak"] if command == "run" else []
    session = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", *WAITS[command], *more, "--report-dir", "report"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    processes = started(tmp_path, "waiting")
    end: Callable[[int, int], None] = os.kill if to == "the command alone" else os.killpg
    end(session.pid, signal.SIGINT)
    output = session.communicate(timeout=PATIENCE_S)[0]
    assert session.returncode == 130, output
    assert "BENCH  The session was stopped by Ctrl-C while" in output
    assert (tmp_path / "report" / "report.html").is_file()
    assert all(map(ends, processes))


@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 2), ("SIGHUP", 2), ("SIGINT", 130)])
def test_any_command_ends_in_one_sentence(tmp_path: Path, name: str, status: int) -> None:
    code = f"""
import time
from harness.cli import app, doctor
def diagnose():
    open({str(tmp_path / "begun")!r}, "w").write("1")
    time.sleep(300)
doctor.diagnose = diagnose
app.main(["doctor"])
"""
    command = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    started(tmp_path, "begun")
    command.send_signal(getattr(signal, name))
    said = command.communicate(timeout=PATIENCE_S)[1].split()
    assert command.returncode == status
    assert said[:2] == ["hil:", "stopped"] and said[2:] == (["by", name] if status == 2 else [])


def test_a_ctrl_c_that_comes_twice_at_once_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("harness.interrupt.time.monotonic", lambda: now[0])
    with pytest.raises(KeyboardInterrupt), ctrl_c() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
        now[0] += 0.5
        signal.raise_signal(signal.SIGINT)
        now[0] += 5.0
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the second one interrupts")


LATE = """
import os, signal

class Late:
    def pytest_unconfigure(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), number)

def pytest_configure(config):
    config.pluginmanager.register(Late())
"""


def test_a_signal_behind_the_verdict_changes_no_status(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text(LATE)
    outcome = run_session(tmp_path, "def test_a(node): pass", "-p", "late")
    assert outcome.status == 0 and "Traceback" not in outcome.output, outcome.output


UNIT = """
import pathlib, time

def test_before():
    pass

def test_waits(tmp_path):
    pathlib.Path("waiting").write_text("1")
    time.sleep(300)
"""


def test_a_session_of_unit_tests_ends_in_order_too(tmp_path: Path) -> None:
    """What it has counted is in the JUnit file."""
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_it.py").write_text(UNIT)
    (tmp_path / "conftest.py").write_text(
        "import pathlib\n"
        "from harness.plugin import judged\n"
        "pytest_plugins = ['harness.plugin', 'harness.sensing.plugin']\n"
        "judged.checkout = lambda: pathlib.Path(__file__).parent\n"
    )
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    session = subprocess.Popen(
        [sys.executable, "-m", "pytest", "tests", "--junitxml=out.xml"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    started(tmp_path, "waiting")
    session.send_signal(signal.SIGTERM)
    output = session.communicate(timeout=PATIENCE_S)[0]
    assert session.returncode == 2, output
    assert "test_before" in (tmp_path / "out.xml").read_text()
