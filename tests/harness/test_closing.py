"""The verdict of a session out of what is known of it: which reason wins, and its words."""

from __future__ import annotations

import pytest

from harness.errors import BenchError, NodeCrashed
from harness.plugin.closing import Findings
from harness.plugin.ended import SessionEnded
from harness.report import Counts, Verdict

OK, INTERRUPTED = pytest.ExitCode.OK, pytest.ExitCode.INTERRUPTED
PASS, FAIL, BENCH, SKIP = Verdict.PASS, Verdict.FAIL, Verdict.BENCH, Verdict.SKIP

LOST = "The connection to COM3 was lost.\nwith a second line"
DISK = BenchError("The report cannot be written.\nwith a second line")


def findings(*verdicts: Verdict, judged: bool = True) -> Findings:
    """Of a session on qemu, whose first wrong test and first fault of the bench have names."""
    return Findings(
        "qemu",
        verdicts=list(verdicts),
        judged_device=judged,
        first_failed="test_it.py::test_wrong" if FAIL in verdicts else "",
        bench_sentences=[LOST, "another one"] if BENCH in verdicts else [],
    )


def judge(
    found: Findings,
    exitstatus: int = OK,
    faults: tuple[str, ...] = (),
    host: BenchError | None = None,
    problem: Exception | None = None,
) -> tuple[Verdict, str]:
    return found.judge(exitstatus, list(faults), host, problem)


def test_a_session_passes_when_every_test_that_ran_did() -> None:
    assert judge(findings(PASS, SKIP)) == (PASS, "Every test that ran on qemu passed.")


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ([PASS], "No test that ran asked for the device, so nothing was judged."),
        ([PASS, SKIP], "No test that ran asked for the device, so nothing was judged."),
        ([SKIP], "Every test was skipped, so nothing was judged."),
        ([], "No test ran, so nothing was judged."),
    ],
)
def test_a_session_that_judged_nothing_fails(verdicts: list[Verdict], sentence: str) -> None:
    assert judge(findings(*verdicts, judged=False)) == (FAIL, sentence)


def test_a_wrong_device_is_told_with_how_many_tests_found_it_and_the_first() -> None:
    one = "1 test failed on qemu, first: test_it.py::test_wrong"
    two = "2 tests failed on qemu, first: test_it.py::test_wrong"
    assert judge(findings(FAIL, PASS)) == (FAIL, one)
    assert judge(findings(FAIL, PASS, FAIL)) == (FAIL, two)


def test_a_wrong_device_outweighs_everything_and_the_bench_is_told_as_well() -> None:
    found = findings(PASS, FAIL, BENCH)
    found.stop = KeyboardInterrupt()
    wrong = "1 test failed on qemu, first: test_it.py::test_wrong; the bench failed as well: "
    assert judge(found, INTERRUPTED, ("leak",), DISK, DISK) == (FAIL, wrong + LOST.split("\n")[0])
    assert judge(findings(FAIL), host=DISK) == (FAIL, wrong + "The report cannot be written.")


def test_a_fault_of_the_device_outside_of_any_test_comes_next() -> None:
    found = findings(PASS, BENCH)
    found.stop = KeyboardInterrupt()
    faults = ("Between two tests: it reset.\nLast log lines: …", "another")
    assert judge(found, INTERRUPTED, faults, DISK, DISK) == (FAIL, "Between two tests: it reset.")


def test_who_asked_for_the_end_is_told_before_what_that_broke() -> None:
    found = findings(PASS, BENCH)
    found.stop = SessionEnded("SIGHUP")
    said = "The session was stopped by SIGHUP; tests until then: 2."
    assert judge(found, INTERRUPTED, (), DISK, DISK) == (BENCH, said)


def test_this_machine_s_fault_comes_before_that_of_a_test() -> None:
    said = "The report cannot be written."
    assert judge(findings(PASS, BENCH), host=DISK) == (BENCH, said)


def test_a_test_that_could_not_judge_makes_the_session_bench() -> None:
    problem = BenchError("Why it did not come up.")
    said = "The connection to COM3 was lost."
    assert judge(findings(PASS, BENCH), problem=problem) == (BENCH, said)


def test_a_device_that_did_not_come_up_is_laid_at_the_right_door() -> None:
    assert judge(findings(), problem=DISK) == (BENCH, "The report cannot be written.")
    crashed = NodeCrashed("PANIC", log=["abort()"])
    assert judge(findings(), problem=crashed) == (FAIL, "The node reset by itself (reason: PANIC).")


def test_tests_that_cannot_be_collected_are_the_bench_s() -> None:
    found = findings()
    found.collect_problem, found.internal_error = "test_it.py could not be collected.", "KeyError."
    assert judge(found, INTERRUPTED) == (BENCH, "test_it.py could not be collected.")


def test_an_error_inside_pytest_is_the_bench_s() -> None:
    found = findings(PASS)
    found.internal_error = "KeyError: 'x'."
    assert judge(found, INTERRUPTED) == (BENCH, "The bench itself failed: KeyError: 'x'.")


@pytest.mark.parametrize(
    "status",
    [
        pytest.ExitCode.INTERRUPTED,
        pytest.ExitCode.INTERNAL_ERROR,
        pytest.ExitCode.USAGE_ERROR,
    ],
)
def test_a_session_that_pytest_says_is_unfinished_judged_nothing(status: int) -> None:
    said = "The session was stopped; tests until then: 1."
    assert judge(findings(PASS), status) == (BENCH, said)


def test_a_session_that_is_stopped_says_by_whom_and_in_which_tests() -> None:
    found = findings(PASS)
    found.running = ["test_it.py::test_a", "test_it.py::test_b"]
    during = " while test_it.py::test_a and test_it.py::test_b ran; tests until then: 1."
    for stop, by in (
        (KeyboardInterrupt(), " by Ctrl-C"),
        (SessionEnded("SIGTERM"), " by SIGTERM"),
        (pytest.exit.Exception("enough\nof it"), " (enough)"),
        (pytest.exit.Exception(""), ""),
        (RuntimeError("not said by whom"), ""),
    ):
        found.stop = stop
        assert judge(found) == (BENCH, f"The session was stopped{by}{during}")


def test_the_exit_status_is_the_verdict_s_and_ctrl_c_has_its_own() -> None:
    found = findings()
    statuses = {verdict: found.exit_status(verdict) for verdict in (PASS, FAIL, BENCH)}
    assert statuses == {PASS: 0, FAIL: 1, BENCH: 2}
    found.stop = KeyboardInterrupt()
    assert found.exit_status(BENCH) == 130
    assert found.exit_status(FAIL) == 1
    found.stop = SessionEnded("SIGTERM")
    assert found.exit_status(BENCH) == 2


def test_the_counts_are_those_of_the_tests() -> None:
    found = findings(PASS, PASS, PASS, FAIL, BENCH, BENCH, SKIP, SKIP, SKIP, SKIP)
    assert found.counts == Counts(passed=3, failed=1, bench=2, skipped=4)
