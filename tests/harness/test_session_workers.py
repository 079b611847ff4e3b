"""Several workers of pytest-xdist, a node each: one report, one verdict, one exit status."""

from __future__ import annotations

import os
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.harness.session_runner import Outcome, run_session

pytest.importorskip("xdist")

MANY = """
import pytest
from harness.node.structs import ResetReason
from tests.harness.fake_device import Fault

@pytest.mark.parametrize("i", range(8))
def test_it(node, i, measure):
    measure("i", i, "", budget=10)
"""


def junit(outcome: Outcome) -> dict[str, str]:
    suite = next(ElementTree.parse(outcome.folder / "junit.xml").iter("testsuite"))
    return {name: suite.get(name, "") for name in ("tests", "failures", "errors", "skipped")}


def run_workers(folder: Path, tests: str = "", fake: str = "") -> Outcome:
    return run_session(folder, MANY + tests, "-n", "2", fake=fake)


def test_each_worker_has_a_node_and_all_is_in_one_report(tmp_path: Path) -> None:
    outcome = run_workers(tmp_path)
    assert outcome.status == 0, outcome.output
    assert outcome.verdicts == {f"test_it[{i}]": "PASS" for i in range(8)}
    assert sorted(record["value"] for record in outcome.of_kind("measure")) == list(range(8))
    assert {record["worker"] for record in outcome.of_kind("measure")} <= {"gw0", "gw1"}
    assert {record["worker"] for record in outcome.of_kind("boot")} == {"gw0", "gw1"}
    assert junit(outcome) == {"tests": "8", "failures": "0", "errors": "0", "skipped": "0"}
    assert len(outcome.of_kind("end")) == len(outcome.of_kind("session")) == 1
    for worker in ("gw0", "gw1"):
        assert (outcome.folder / f"console-{worker}.log").is_file()
        assert (outcome.folder / "dut" / worker / "dut.log").is_file()
    page = (outcome.folder / "report.html").read_text()
    assert "8 passed" in page and "after each test (bytes), gw0" in page


@pytest.mark.skipif(
    not (sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1),
    reason="needs Linux and two cores",
)
def test_each_worker_keeps_to_cores_of_its_own(tmp_path: Path) -> None:
    tests = """
import os
import time
import pytest

@pytest.mark.parametrize("i", range(2))
def test_each_worker_gets_one(node, metrics, i):
    metrics.record("cores", cores=sorted(os.sched_getaffinity(0)))
    time.sleep(1)  # so that one does not take both
"""
    outcome = run_session(tmp_path, tests, "-n", "2")
    shares = {record["worker"]: record["cores"] for record in outcome.of_kind("cores")}
    assert set(shares) == {"gw0", "gw1"}, outcome.output
    together = sorted(shares["gw0"] + shares["gw1"])
    assert together == sorted(os.sched_getaffinity(0)), f"workers do not share the cores: {shares}"


def test_a_failure_in_one_worker_is_the_session_s(tmp_path: Path) -> None:
    outcome = run_workers(tmp_path, "def test_fails(node): assert node.status().queue_drops == 1")
    assert outcome.status == 1
    assert outcome.verdicts["test_fails"] == "FAIL"
    assert list(outcome.verdicts.values()).count("PASS") == 8
    assert "first: test_it.py::test_fails" in outcome.end["sentence"]
    assert junit(outcome) == {"tests": "9", "failures": "1", "errors": "0", "skipped": "0"}


def test_a_node_that_crashes_fails_its_own_test_and_its_worker_goes_on(tmp_path: Path) -> None:
    crash = """
@pytest.mark.parametrize("i", range(2))
def test_crashes(node, device, i):
    device.fake.log("E (7) main: about to fall over")
    device.fake.fail("status", Fault.CRASH)
    node.status()
"""
    outcome = run_workers(tmp_path, crash)
    assert outcome.status == 1
    failed = {name for name, verdict in outcome.verdicts.items() if verdict == "FAIL"}
    assert failed == {"test_crashes[0]", "test_crashes[1]"}
    assert list(outcome.verdicts.values()).count("PASS") == 8
    crashes = [r for r in outcome.of_kind("test") if "test_crashes" in r["name"]]
    assert all("The node reset by itself (reason: PANIC)" in r["message"] for r in crashes)
    assert all("E (7) main: about to fall over" in r["log"] for r in crashes)


def test_a_device_that_dies_in_one_worker_is_the_bench_and_ends_the_session(tmp_path: Path) -> None:
    dies = """
def test_dies(node, device, measure):
    measure("before the end", 7, "things")
    device.die()
    node.status()
"""
    outcome = run_workers(tmp_path, dies)
    assert outcome.status == 2
    assert outcome.verdicts["test_dies"] == "BENCH"
    assert "FAIL" not in outcome.verdicts.values()
    assert outcome.end["verdict"] == "BENCH"
    assert "the fake was killed while testing." in outcome.end["sentence"]
    assert 7 in [record["value"] for record in outcome.of_kind("measure")]
    assert junit(outcome)["errors"] == "1"


def test_a_failure_outweighs_a_device_that_died_in_the_other_worker(tmp_path: Path) -> None:
    tests = """
import time

@pytest.mark.parametrize("i", range(2))
def test_each_worker_gets_one(node, device, metrics, i):
    if i == 0:
        assert node.status().queue_drops == 1
    while '"kind":"test"' not in metrics.path.read_text():
        time.sleep(0.05)  # until the failure has been told
    device.die()
    node.status()
"""
    outcome = run_session(tmp_path, "import pytest\n" + tests, "-n", "2")
    assert outcome.status == 1
    assert outcome.verdicts == {
        "test_each_worker_gets_one[0]": "FAIL",
        "test_each_worker_gets_one[1]": "BENCH",
    }
    assert "the bench failed as well" in outcome.end["sentence"]


def test_a_worker_process_that_dies_is_the_bench_and_another_takes_its_place(
    tmp_path: Path,
) -> None:
    outcome = run_workers(tmp_path, "import os\ndef test_takes_it_along(node):\n    os._exit(3)\n")
    assert outcome.status == 2, outcome.output
    others = {f"test_it[{i}]": "PASS" for i in range(8)}
    assert outcome.verdicts == {"test_takes_it_along": "BENCH", **others}
    assert "crashed while running" in outcome.end["sentence"]
    assert junit(outcome) == {"tests": "9", "failures": "0", "errors": "1", "skipped": "0"}


def test_what_a_device_says_at_its_end_fails_the_session_of_workers_too(tmp_path: Path) -> None:
    leaks = """
from harness.errors import DeviceAborted

def stop(self):
    raise DeviceAborted("the fake", "ended with a sanitizer's report", report="16 bytes leaked")
FakeDevice.stop = stop
"""
    outcome = run_workers(tmp_path, fake=leaks)
    assert outcome.status == 1
    assert len(outcome.of_kind("fault")) == 2
    assert "16 bytes leaked" in outcome.output


def test_a_failing_build_is_told_once(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, MANY, "-n", "2", env={"FAKE_BUILD": "fails"})
    assert outcome.status == 2
    assert "kernel.c:7:3: error: 'x' undeclared" in outcome.output
