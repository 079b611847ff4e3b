"""Sessions on a scripted node: which verdict, which exit status, which words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from tests.harness.session_runner import Outcome, run_session

PASSES = """
def test_passes(node):
    assert node.status().queue_drops == 0
"""

FAILS = """
def test_fails(node):
    assert node.status().queue_drops == 1
"""


def junit(outcome: Outcome) -> dict[str, str]:
    """The counts of the JUnit file."""
    root = ElementTree.parse(outcome.folder / "junit.xml").getroot()
    suite = root.find("testsuite")
    assert suite is not None
    return {name: suite.get(name, "") for name in ("tests", "failures", "errors", "skipped")}


def test_a_session_that_passes(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, PASSES)
    assert outcome.status == 0, outcome.output
    assert outcome.verdicts == {"test_passes": "PASS"}
    assert outcome.end["verdict"] == "PASS"
    assert "1 passed, 0 failed, 0 skipped" in outcome.output
    assert str(outcome.folder / "report.html") in outcome.output.splitlines()[-1]


def test_a_wrong_device_is_a_failure(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, FAILS + PASSES)
    assert outcome.status == 1
    assert outcome.verdicts == {"test_fails": "FAIL", "test_passes": "PASS"}
    assert "pytest --target fake --build-dir build test_it.py::test_fails" in outcome.output
    assert junit(outcome) == {"tests": "2", "failures": "1", "errors": "0", "skipped": "0"}


def test_the_log_of_the_node_stands_with_the_failure(tmp_path: Path) -> None:
    tests = """
def test_fails(node, device):
    device.fake.log("W (12) temporal: the queue is full")
    node.status()
    assert False
"""
    outcome = run_session(tmp_path, tests)
    assert "W (12) temporal: the queue is full" in outcome.output
    assert "W (12) temporal: the queue is full" in outcome.of_kind("test")[0]["log"]
    assert "W (12) temporal: the queue is full" in (outcome.folder / "report.html").read_text()


SILENT_FOR_GOOD = """
import harness.node.base as base
from harness.node.client import Timing
base.Timing = lambda: Timing(resend_s=0.1, answer_s=0.5, boot_s=1.0, probe_s=0.3)
FakeDevice.power_cycle = lambda self: None
"""


def test_a_node_that_its_power_does_not_bring_back_ends_the_session(tmp_path: Path) -> None:
    """Each further test would wait minutes for it."""
    tests = """
import pytest

@pytest.mark.parametrize("i", range(5))
def test_it(node, device, i):
    device.fake.held = i == 1
    node.status()
"""
    outcome = run_session(tmp_path, tests, fake=SILENT_FOR_GOOD)
    assert outcome.status == 1, outcome.output
    assert outcome.verdicts == {"test_it[0]": "PASS", "test_it[1]": "FAIL", "test_it[2]": "FAIL"}
    assert outcome.end["verdict"] == "FAIL"
    message = outcome.of_kind("test")[2]["message"]
    assert re.search(
        r"No boot report with a new nonce came in \d+\.\d s after a power cycle", message
    )


def test_a_killed_device_is_the_bench_and_ends_the_session(tmp_path: Path) -> None:
    tests = PASSES.replace("test_passes", "test_first") + (
        """
def test_dies(node, device, measure):
    measure("before the end", 7, "things")
    device.die()
    node.status()
"""
        + PASSES
    )
    outcome = run_session(tmp_path, tests)
    assert outcome.status == 2
    assert outcome.verdicts == {"test_first": "PASS", "test_dies": "BENCH"}
    assert outcome.end["verdict"] == "BENCH"
    assert "the fake was killed while testing." in outcome.output
    assert "Traceback" not in outcome.output
    assert outcome.of_kind("measure")[0]["value"] == 7
    assert junit(outcome) == {"tests": "2", "failures": "0", "errors": "1", "skipped": "0"}
    assert 'message="BENCH: the fake was killed' in (outcome.folder / "junit.xml").read_text()


def test_a_fault_of_the_host_is_the_bench(tmp_path: Path) -> None:
    tests = "def test_disk(node):\n    raise OSError(28, 'No space left on device')\n"
    outcome = run_session(tmp_path, tests + PASSES)
    assert outcome.status == 2
    assert outcome.verdicts == {"test_disk": "BENCH", "test_passes": "PASS"}


def test_a_failure_outweighs_the_bench(tmp_path: Path) -> None:
    tests = FAILS + "def test_disk(node):\n    raise OSError(28, 'No space left on device')\n"
    outcome = run_session(tmp_path, tests)
    assert outcome.status == 1
    assert "the bench failed as well" in outcome.end["sentence"]


def test_a_crash_in_a_test_is_a_failure_and_the_next_test_runs(tmp_path: Path) -> None:
    tests = """
def test_crashes(node, device):
    device.fake.fail("status", Fault.CRASH)
    node.status()
"""
    outcome = run_session(
        tmp_path, "from tests.harness.fake_device import Fault\n" + tests + PASSES
    )
    assert outcome.status == 1
    assert outcome.verdicts == {"test_crashes": "FAIL", "test_passes": "PASS"}
    assert "The node reset by itself (reason: PANIC)" in outcome.output


def test_a_crash_after_the_last_assertion_is_a_failure_too(tmp_path: Path) -> None:
    tests = """
def test_ends_well(node, device):
    device.fake.boot(ResetReason.TASK_WDT)
"""
    source = "from harness.node.structs import ResetReason\n" + tests + PASSES
    outcome = run_session(tmp_path, source)
    assert outcome.verdicts == {"test_ends_well": "FAIL", "test_passes": "PASS"}
    assert "The node reset by itself (reason: TASK_WDT)" in outcome.output


def test_a_silent_node_is_a_failure_and_is_restarted_for_the_next(tmp_path: Path) -> None:
    tests = """
from harness.errors import NodeSilent

def test_falls_silent(node, device):
    device.fake.held = True
    node.request("status", timeout=0.3)

def test_is_fresh(node, device):
    assert device.power_cycles == 1
"""
    quick = """
import harness.node.client as client
quick = client.Timing(resend_s=0.1, answer_s=0.5, boot_s=2, probe_s=1)
client.Timing = lambda: quick
import harness.node.base as base
base.Timing = lambda: quick
old_cycle = FakeDevice.power_cycle
def power_cycle(self):
    self.fake.held = False
    old_cycle(self)
FakeDevice.power_cycle = power_cycle
"""
    outcome = run_session(tmp_path, tests, fake=quick)
    assert outcome.verdicts == {"test_falls_silent": "FAIL", "test_is_fresh": "PASS"}
    assert "gave no answer" in outcome.output


def test_what_a_device_says_at_its_end_fails_the_session(tmp_path: Path) -> None:
    leak = """
from harness.errors import DeviceAborted
def stop(self):
    raise DeviceAborted("the fake", "ended with a sanitizer's report", report="16 bytes leaked")
FakeDevice.stop = stop
"""
    outcome = run_session(tmp_path, PASSES, fake=leak)
    assert outcome.status == 1
    assert outcome.end["verdict"] == "FAIL"
    assert "16 bytes leaked" in outcome.output


def test_a_session_in_which_nothing_ran_fails(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, PASSES, "-k", "no_such_test")
    assert outcome.status == 1
    assert "No test ran" in outcome.output


def test_a_session_in_which_everything_was_skipped_fails(tmp_path: Path) -> None:
    tests = '@pytest.mark.needs("radio")\ndef test_air(node): pass\n'
    outcome = run_session(tmp_path, "import pytest\n" + tests)
    assert outcome.status == 1
    assert "Every test was skipped" in outcome.output
    assert "skipped 1: needs radio: target fake does not have a Wi-Fi radio" in outcome.output


def test_a_session_that_is_stopped_by_hand_keeps_its_report(tmp_path: Path) -> None:
    tests = """
import pytest

@pytest.fixture
def talks_at_its_end(node):
    yield
    node.status()

def test_is_stopped(talks_at_its_end, device):
    device.die()
    raise KeyboardInterrupt
"""
    outcome = run_session(tmp_path, PASSES + tests)
    assert outcome.status == 130
    assert outcome.verdicts == {"test_passes": "PASS"}
    assert outcome.end["verdict"] == "BENCH"
    assert outcome.end["sentence"] == (
        "The session was stopped by Ctrl-C while test_it.py::test_is_stopped ran; "
        "tests until then: 1."
    )
    assert "INTERNALERROR" not in outcome.output and "Traceback" not in outcome.output
    assert (outcome.folder / "report.html").is_file()


def test_a_suite_that_cannot_be_imported_is_the_bench(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, "import no_such_module\n" + PASSES)
    assert outcome.status == 2
    assert outcome.end["verdict"] == "BENCH"
    assert "could not be collected" in outcome.end["sentence"]


LOG_PROCESS_KILLED = """
def test_kill(hil_session, device, node):
    hil_session.embedded.manager._process.kill()
    hil_session.embedded.manager._process.join()
    device.fake.log("I (5) node: nobody writes this down")
    node.status()

def test_node(device, node):
    device.fake.log("I (6) node: still there")
    node.status()
    assert node.log[-1].text == "I (6) node: still there"

def test_dut(dut):
    pass
"""


def test_the_node_is_judged_without_pytest_embedded_s_log(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, LOG_PROCESS_KILLED)
    assert outcome.verdicts == {"test_kill": "PASS", "test_node": "PASS", "test_dut": "BENCH"}
    (message,) = (r["message"] for r in outcome.of_kind("test") if r["verdict"] == "BENCH")
    assert message == "The process that keeps pytest-embedded's log was ended from outside."
