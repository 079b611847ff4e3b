"""Sessions on a scripted node: nothing that the device did wrong passes, and nothing that this
machine did wrong is laid to its charge."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.harness.session_runner import ROOT, run_session
from tests.harness.test_session_verdicts import PASSES, junit

WATCHDOG = "device.fake.boot(ResetReason.TASK_WDT)"

ASKS_OTHERWISE = f"""
import pytest
from harness.node.structs import ResetReason

def test_through_nodes(nodes, device):
    {WATCHDOG}

def test_through_dut(dut, device):
    {WATCHDOG}

def test_through_reception(reception, device):
    {WATCHDOG}

def test_asks_while_it_runs(request):
    device = request.getfixturevalue("device")
    {WATCHDOG}

@pytest.fixture
def falls_at_its_end(node, device):
    yield
    {WATCHDOG}

def test_in_tear_down(falls_at_its_end):
    pass

@pytest.mark.reboots
def test_in_the_wiping(node, device):
    device.fake.fail("part_erase", Fault.CRASH)

def test_in_order(node):
    node.status()
"""


def test_a_node_that_restarts_fails_the_test_by_whatever_name_it_was_asked_for(
    tmp_path: Path,
) -> None:
    source = "from tests.harness.fake_device import Fault\n" + ASKS_OTHERWISE
    outcome = run_session(tmp_path, source)
    assert outcome.verdicts == {
        "test_through_nodes": "FAIL",
        "test_through_dut": "FAIL",
        "test_through_reception": "FAIL",
        "test_asks_while_it_runs": "FAIL",
        "test_in_tear_down": "FAIL",
        "test_in_the_wiping": "FAIL",
        "test_in_order": "PASS",
    }, outcome.output
    assert outcome.status == 1
    assert junit(outcome) == {"tests": "7", "failures": "6", "errors": "0", "skipped": "0"}


def test_a_node_that_restarts_between_two_tests_is_told(tmp_path: Path) -> None:
    tests = """
import pytest
from harness.node.structs import ResetReason

def test_before(node): pass

@pytest.mark.late
def test_after(node): pass
"""
    late = """
import pytest
from harness.node.structs import ResetReason
from harness.plugin.hil_session import HIL_SESSION

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logfinish(nodeid, location):
    if "test_before" in nodeid:
        MADE[0].fake.boot(ResetReason.PANIC)

MADE = []
def set_up(device):
    MADE.append(device)
"""
    tests = tests.replace("@pytest.mark.late\n", "")
    outcome = run_session(tmp_path, tests, "-p", "fake_target", fake=late)
    assert outcome.verdicts == {"test_before": "PASS", "test_after": "PASS"}
    assert outcome.status == 1, outcome.output
    assert outcome.end["sentence"].startswith("Between two tests: The node reset by itself")
    assert junit(outcome) == {"tests": "3", "failures": "1", "errors": "0", "skipped": "0"}


def test_a_session_whose_tests_ask_for_no_device_judges_none(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, "def test_sum(): assert 1 + 1 == 2\n")
    assert outcome.status == 1
    assert outcome.end["sentence"] == (
        "No test that ran asked for the device, so nothing was judged."
    )
    assert junit(outcome)["failures"] == "1"


def test_a_device_of_the_user_s_own_needs_none_of_the_bench_s(tmp_path: Path) -> None:
    tests = """
import pytest

@pytest.fixture
def node(): return "mine"

def test_mine(node): assert node == "mine"
"""
    outcome = run_session(tmp_path, tests)
    assert outcome.status == 0, outcome.output
    assert not outcome.of_kind("boot")


def test_tests_in_a_folder_called_tests_are_tests_as_any(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_theirs.py").write_text(PASSES)
    outcome = run_session(tmp_path, PASSES, "tests/test_theirs.py")
    assert outcome.status == 0, outcome.output
    assert outcome.verdicts == {"test_passes": "PASS"}


def test_a_unit_test_that_asks_for_a_device_is_refused(tmp_path: Path) -> None:
    place = ROOT / "tests" / f"test_asks_for_a_device_{tmp_path.name}.py"
    place.write_text(PASSES)
    try:
        outcome = run_session(tmp_path, PASSES, f"--rootdir={ROOT}", str(place))
    finally:
        place.unlink()
    assert outcome.status == 2, outcome.output
    assert "asks for a device, and the tests in tests/ have none." in outcome.output


ERRORS = """
import errno, os, pexpect, pytest
from harness.errors import BenchError, ConnectionLost, NodeCrashed

def test_no_answer_in_time(node): raise TimeoutError("no answer of the device on port 80")
def test_refused(node): raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
def test_without_number(node): raise OSError("something of the test's own")
def test_disk(node): raise OSError(errno.ENOSPC, "No space left on device", "/some/file")
def test_no_memory(node): raise MemoryError
def test_no_file(node): open("/no/such/file")

def test_caused_by_the_host(node):
    try:
        open("/no/such/file")
    except OSError as error:
        raise RuntimeError("the recording is unreadable") from error

def test_caused_by_the_device(node):
    raise RuntimeError("the walk ended") from NodeCrashed("PANIC")

@pytest.fixture
def one(node):
    yield
    raise BenchError("The power supply does not answer.")

@pytest.fixture
def other(node):
    yield
    raise BenchError("The relay does not answer.")

def test_two_in_tear_down(one, other): pass

@pytest.fixture
def wrong(node):
    yield
    raise NodeCrashed("PANIC")

def test_both_in_tear_down(one, wrong): pass
"""


def test_whose_fault_an_exception_is(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, ERRORS)
    assert outcome.verdicts == {
        "test_no_answer_in_time": "FAIL",
        "test_refused": "FAIL",
        "test_without_number": "FAIL",
        "test_disk": "BENCH",
        "test_no_memory": "BENCH",
        "test_no_file": "BENCH",
        "test_caused_by_the_host": "BENCH",
        "test_caused_by_the_device": "FAIL",
        "test_two_in_tear_down": "BENCH",
        "test_both_in_tear_down": "FAIL",
    }, outcome.output
    tests = {r["name"].split("::")[-1]: r for r in outcome.of_kind("test")}
    assert tests["test_two_in_tear_down"]["message"].splitlines() == [
        "The power supply does not answer.",
        "The relay does not answer.",
    ]
    assert "no answer of the device on port 80" in tests["test_no_answer_in_time"]["message"]
    assert tests["test_no_file"]["message"] == (
        "This machine failed the test: /no/such/file: No such file or directory."
    )
    (trace,) = tests["test_no_file"]["sections"].values()
    assert 'open("/no/such/file")' in trace
    assert junit(outcome) == {"tests": "10", "failures": "5", "errors": "5", "skipped": "0"}
    errors = list(ElementTree.parse(outcome.folder / "junit.xml").iter("error"))
    assert {error.get("type") for error in errors} == {"BENCH"}
    assert "BENCH: This machine failed the test: this machine has no memory left." in {
        error.get("message") for error in errors
    }


NEEDS = """
import pytest

@pytest.mark.needs("memory", 16, "radio")
def test_needs_both(node): pass

@pytest.mark.needs("memory", 65537)
def test_needs_memory_on_every_node(nodes): pass

def test_needs_nothing(node): pass
"""


def test_what_follows_a_number_is_a_need_too(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, NEEDS)
    assert outcome.verdicts == {
        "test_needs_both": "SKIP",
        "test_needs_memory_on_every_node": "SKIP",
        "test_needs_nothing": "PASS",
    }
    assert "skipped 1: needs radio: target fake does not have a Wi-Fi radio" in outcome.output


@pytest.mark.parametrize(
    ("need", "sentence"),
    [
        ('"memory"', "test_it.py::test_it needs 'memory', and no number follows."),
        ('"nodes", "two"', "test_it.py::test_it needs 'nodes', and 'two' follows, which is no"),
        ('"radio", "netwrok"', "test_it.py::test_it needs 'netwrok', which is no capability."),
    ],
)
def test_a_need_that_says_nothing_is_the_bench_s(tmp_path: Path, need: str, sentence: str) -> None:
    tests = f"import pytest\n@pytest.mark.needs({need})\ndef test_it(node): pass\n"
    outcome = run_session(tmp_path, tests)
    assert outcome.status == 2, outcome.output
    assert outcome.end["sentence"].startswith(sentence)


def test_a_path_that_is_not_there_is_the_bench_s(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, PASSES, "test_mistyped.py")
    assert outcome.status == 2
    assert outcome.end["verdict"] == "BENCH"
    assert "file or directory not found: test_mistyped.py" in outcome.end["sentence"]
    assert (outcome.folder / "report.html").is_file()


LISTENER_KILLED = """
import time

def test_waits(dut, device, hil_session):
    hil_session.embedded.listener.kill()
    hil_session.embedded.listener.join()
    device.fake.log("ready")
    dut.expect("ready", timeout=0.5)

def test_asks_again(dut): pass

def test_node(node): node.status()
"""


def test_a_listener_that_was_killed_is_not_the_device_s_silence(tmp_path: Path) -> None:
    begun = time.monotonic()
    outcome = run_session(tmp_path, LISTENER_KILLED)
    assert outcome.verdicts == {
        "test_waits": "BENCH",
        "test_asks_again": "BENCH",
        "test_node": "PASS",
    }, outcome.output
    assert outcome.status == 2
    assert time.monotonic() - begun < 60


RERUN = """
# what pytest-rerunfailures does with a test that failed: the attempt is told and taken back
import pytest
from _pytest.runner import runtestprotocol

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for attempt in range(3):
        for report in runtestprotocol(item, nextitem=nextitem, log=False):
            if report.failed and attempt < 2:
                report.outcome = "rerun"
                report.when = "teardown"  # so that pytest's JUnit file gets an entry of it
                item.ihook.pytest_runtest_logreport(report=report)
                break
            item.ihook.pytest_runtest_logreport(report=report)
        else:
            break
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
"""


def test_of_a_test_that_is_run_again_the_last_attempt_counts(tmp_path: Path) -> None:
    tests = """
seen = []
def test_wavers(node):
    seen.append(1)
    assert len(seen) == 3, f"attempt {len(seen)}"

def test_always_wrong(node): assert False
"""
    outcome = run_session(tmp_path, tests, "-p", "fake_target", fake=RERUN)
    assert outcome.verdicts == {"test_wavers": "PASS", "test_always_wrong": "FAIL"}
    assert outcome.end["counts"] == {"passed": 1, "failed": 1, "bench": 0, "skipped": 0}
    assert outcome.end["reruns"] == 4
    assert [record["name"] for record in outcome.of_kind("rerun")] == [
        *["test_it.py::test_wavers"] * 2,
        *["test_it.py::test_always_wrong"] * 2,
    ]
    assert {r["name"].split("::")[1]: r["reruns"] for r in outcome.of_kind("test")} == {
        "test_wavers": 2,
        "test_always_wrong": 2,
    }
    assert junit(outcome) == {"tests": "2", "failures": "1", "errors": "0", "skipped": "0"}
    assert "reruns: 4; of a test only the last attempt counts" in outcome.output
