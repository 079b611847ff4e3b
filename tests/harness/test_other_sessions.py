"""Sessions that are not the bench's: it leaves them as they are. And those that turn out to be."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.patience import PATIENCE_S
from tests.harness.session_runner import _FAKE_TARGET, ROOT

OFF = ("-p", "no:harness.plugin")
ON = ("-p", "harness.plugin")  # as the entry point loads it
FOREIGN = """
import signal
import sys

import pytest


def test_passes():
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_fails():
    assert 1 + 1 == 3


@pytest.mark.skip(reason="as always")
def test_is_skipped():
    pass


def test_has_their_fixtures(node, device, metrics):
    assert (node, device, metrics) == ("their node", "their device", "their metrics")


def test_loads_little():
    heavy = ("numpy", "construct", "serial", "harness.build", "harness.node", "harness.target")
    assert not [name for name in heavy if name in sys.modules]
"""
THEIRS = """
import pytest


@pytest.fixture
def node():
    return "their node"


@pytest.fixture
def device():
    return "their device"


@pytest.fixture
def metrics():
    return "their metrics"
"""


def run_pytest(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """pytest in a folder, with nothing of this project on its command line."""
    quiet = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-W", "ignore", "-rA")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def told(done: subprocess.CompletedProcess[str]) -> str:
    """What pytest said, without its times and the list of its plugins."""
    text = re.sub(r"^plugins: .*\n", "", done.stdout, flags=re.MULTILINE)
    return re.sub(r" in \d+\.\d+s( \(.*?\))?", "", text)


def files(folder: Path) -> set[str]:
    """Every file but Python's own."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(folder).as_posix() for path in found}


@pytest.mark.parametrize(
    "words", [(), ("--strict-config",), ("-k", "passes"), ("--target", "own", "-k", "not loads")]
)
def test_a_foreign_session_is_as_without_the_plugin(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Their fixtures come from a plugin, which a plugin that was loaded later would hide."""
    (tmp_path / "theirs.py").write_text(THEIRS)
    (tmp_path / "test_theirs.py").write_text(FOREIGN)
    before = files(tmp_path)
    without = run_pytest(tmp_path, *OFF, "-p", "theirs", *words)
    with_it = run_pytest(tmp_path, "-p", "theirs", *ON, *words)
    assert with_it.returncode == without.returncode == (0 if "passes" in words else 1)
    assert told(with_it) == told(without)
    assert with_it.stderr == without.stderr
    assert files(tmp_path) == before


def test_a_foreign_session_without_tests_ends_as_pytest_s(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, *ON).returncode == pytest.ExitCode.NO_TESTS_COLLECTED


# ---- a project that has a firmware ---------------------------------------------------------------

OURS = """
import fake_target
from harness.plugin.application import Application
from harness.sensing.node import SensingNode, expected_layouts

fake_target.registry.DEFAULT_TARGET = "fake"


class Ours(Application):
    node_type = SensingNode

    def layouts(self):
        return expected_layouts()


def pytest_hil_application(config):
    return Ours()
"""
UNIT = "def test_unit():\n    assert True\n"
ASKS = "def test_asks(node):\n    assert node.status()\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of a firmware, whose usual target is a scripted one."""
    (tmp_path / "conftest.py").write_text(OURS)
    (tmp_path / "fake_target.py").write_text(_FAKE_TARGET)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    return tmp_path


def test_its_unit_tests_alone_are_any_session(project: Path) -> None:
    (project / "test_unit.py").write_text(UNIT)
    before = files(project)
    done = run_pytest(project, *ON)
    assert done.returncode == 0, done.stdout
    assert "PASS  " not in done.stdout and "report:" not in done.stdout
    assert files(project) == before


def test_a_test_that_asks_for_a_device_wakes_the_bench(project: Path) -> None:
    (project / "test_unit.py").write_text(UNIT)
    (project / "test_asks.py").write_text(
        "import pytest\n\n"
        + ASKS
        + "\n@pytest.mark.needs('radio')\ndef test_needs(node):\n    pass\n"
    )
    done = run_pytest(project, *ON)
    assert done.returncode == 0, done.stdout
    assert "PASS  Every test that ran on fake passed." in done.stdout
    assert "skipped 1: needs radio" in done.stdout
    (report,) = (project / "reports").iterdir()
    assert {"report.html", "metrics.jsonl", "junit.xml"} <= {path.name for path in report.iterdir()}
    assert 'tests="3"' in (report / "junit.xml").read_text()


def test_what_is_not_selected_wakes_nothing(project: Path) -> None:
    (project / "test_it.py").write_text(UNIT + ASKS)
    done = run_pytest(project, *ON, "-k", "unit")
    assert done.returncode == 0 and not (project / "reports").exists(), done.stdout


def test_a_refusal_that_comes_late_is_the_same_sentence(project: Path) -> None:
    (project / "test_it.py").write_text(ASKS)
    done = run_pytest(project, *ON, "--baud", "fast")
    assert done.returncode == 2
    assert "BENCH  --baud fast is not a baud rate." in done.stdout + done.stderr


def test_workers_want_the_target_named(project: Path) -> None:
    (project / "test_it.py").write_text(ASKS)
    done = run_pytest(project, *ON, "-n", "2")
    assert done.returncode == 1
    assert "Name the target, for example: --target qemu" in done.stdout


def test_a_fixture_called_node_needs_no_device(project: Path) -> None:
    (project / "test_it.py").write_text(
        "import pytest\n\n\n@pytest.fixture\ndef node():\n    return 7\n\n\n"
        "def test_it(node):\n    assert node == 7\n"
    )
    done = run_pytest(project, *ON)
    assert done.returncode == 0 and not (project / "reports").exists(), done.stdout


OWN = """
from harness.plugin.application import Application

def pytest_hil_application(config):
    return Application()
"""


@pytest.mark.parametrize(("conftest", "is_there"), [("", True), (OWN, False)])
def test_the_installed_firmware_is_the_one_of_who_declares_none(
    tmp_path: Path, conftest: str, is_there: bool
) -> None:
    """Its fixtures are there, and where somebody has a firmware of their own they are not."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["harness.plugin"]\n' + conftest)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--target", "host", "--fixtures", "-q"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("\nreception -- " in done.stdout) is is_there, done.stdout
    assert "\nnode -- " in done.stdout
