"""A session as its journal tells it: every kind of record, and those that are not as their kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.report import Verdict, read_run
from harness.report.run import Measurement, Run, TestResult

SESSION = {"kind": "session", "time": 100.0, "label": "qemu", "command": "pytest"}
TEST = {
    "kind": "test",
    "time": 101.0,
    "name": "test_a",
    "verdict": "PASS",
    "setup_s": 0.25,
    "call_s": 1.5,
    "teardown_s": 0.5,
}


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A journal in which nothing stands; the records of a test come beside it."""
    path = tmp_path / "metrics.jsonl"
    path.touch()
    return path


def read(empty: Path, *records: dict[str, Any]) -> Run:
    return read_run(empty, [SESSION, *records])


def of(kind: str, **facts: object) -> dict[str, Any]:
    return {"kind": kind, "time": 102.0, **facts}


# ---- each kind ---------------------------------------------------------------------------------


def test_records_of_file_and_of_memory_are_one_session(empty: Path) -> None:
    empty.write_text('{"kind":"session","time":1,"label":"host","command":"x"}\nno record\n')
    run = read_run(empty, [of("versions", versions={"numpy": "2"}), of("step", **STEP)])
    assert run.session["label"] == "host" and run.versions == {"numpy": "2"}
    assert [step["name"] for step in run.steps] == ["build"]
    assert not run.unreadable


STEP = {"name": "build", "detail": "built", "seconds": 1.0}


def test_a_journal_in_which_nothing_stands_tells_of_nothing(empty: Path) -> None:
    run = read_run(empty)
    assert run.session == {} == run.samples and run.tests == [] == run.steps
    assert run.verdict is Verdict.BENCH and run.was_stopped


def test_a_test_with_all_that_is_known_of_it(empty: Path) -> None:
    full = {
        **TEST,
        "message": "wrong",
        "reason": "why",
        "repeat": "pytest x",
        "log": ["a"],
        "sections": {"where": "here"},
    }
    assert read(empty, full).tests == [
        TestResult(
            "test_a", Verdict.PASS, 1.5, 0.75, "wrong", "why", "pytest x", ["a"], {"where": "here"}
        )
    ]
    assert read(empty, TEST).tests == [TestResult("test_a", Verdict.PASS, 1.5, 0.75)]


def test_comparisons_and_measurements(empty: Path) -> None:
    run = read(
        empty,
        of("compare", what="logits", ratio="0.5", error=1e-6, limit=2e-6, test="test_a", worst=[1]),
        of("compare", what="logits", ratio=0.25, error=1e-6, limit=4e-6),
        of("measure", name="classify", value="7", unit="us", budget="9", description="d", test="t"),
        of("measure", name="boot", value=3),
    )
    whole = {"what": "logits", "test": "test_a", "ratio": 0.5, "error": 1e-6, "limit": 2e-6}
    assert run.comparisons == [
        whole,
        {"what": "logits", "test": "", "ratio": 0.25, "error": 1e-6, "limit": 4e-6},
    ]
    assert run.measurements == [
        Measurement("classify", 7.0, "us", 9.0, "d", "t"),
        Measurement("boot", 3.0, "", None, "", ""),
    ]
    assert [m.is_within for m in run.measurements] == [True, None]
    assert Measurement("x", 10.0, "", 9.0, "", "").is_within is False
    assert Measurement("x", 9.0, "", 9.0, "", "").is_within is True


def test_samples_are_series_by_worker_and_node(empty: Path) -> None:
    run = read(
        empty,
        of("sample", values={"heap": "5", "stack": 2}),
        {**of("sample", values={"heap": 6}), "time": 103.5},
        of("sample", values={"heap": 7}, worker="gw1"),
        of("sample", values={"heap": 8}, worker="gw1", node=2),
        of("sample", values={"heap": 9}, node=3),
    )
    assert run.samples == {
        "heap": [(2.0, 5.0), (3.5, 6.0)],
        "stack": [(2.0, 2.0)],
        "heap, gw1": [(2.0, 7.0)],
        "heap, gw1, node 2": [(2.0, 8.0)],
        "heap, node 3": [(2.0, 9.0)],
    }


def test_samples_without_a_session_begin_with_the_first(empty: Path) -> None:
    assert read_run(empty, [of("sample", values={"heap": 5})]).samples == {"heap": [(0.0, 5.0)]}


def test_boots_traffic_streams_and_faults(empty: Path) -> None:
    stream = {"node": 1, "packet": "vitals", "count": 9, "missing": 0, "test": "test_a"}
    run = read(
        empty,
        of("boot", report={"chip": "x"}),
        of("traffic", node=1, decoded={"vitals": 3}, refused={}),
        of("stream", rate_hz="1.5", **stream),
        of("stream", rate_hz=None, **stream),
        of("fault", message="16 bytes leaked"),
    )
    assert [boot["report"] for boot in run.boots] == [{"chip": "x"}]
    assert [traffic["decoded"] for traffic in run.traffic] == [{"vitals": 3}]
    assert [entry["rate_hz"] for entry in run.streams] == [1.5, None]
    assert run.streams[0]["packet"] == "vitals"
    assert run.faults == ["16 bytes leaked"]


def test_a_soak(empty: Path) -> None:
    run = read(
        empty,
        of("soak_plan", minutes=60, clock="stepped"),
        of("soak", minute=1, values={"heap": 5}),
        of("soak", minute="2", values={"heap": "4.5"}),
        of("finding", minute=2, what="trend", message="it leaks"),
        of("soak_note", message=7),
        of("trend", name="heap", slope="-0.5", chance="0.01", text=""),
    )
    soak = run.soak
    assert soak.plan["minutes"] == 60 and soak.end is None
    assert soak.series == {"heap": [(1.0, 5.0), (2.0, 4.5)]}
    assert [finding["message"] for finding in soak.findings] == ["it leaks"]
    assert soak.notes == ["7"]
    assert [(t["name"], t["slope"], t["chance"]) for t in soak.trends] == [("heap", -0.5, 0.01)]
    assert soak.sentence == "2 of 60 minutes, then it was ended"
    soak.add(of("soak_end", sentence="60 minutes in order"))
    assert soak.sentence == "60 minutes in order"
    assert read(empty).soak.sentence == "0 of ? minutes, then it was ended"
    assert soak.add(of("soak_note", message="")) and not soak.add(of("mine", message=""))


# ---- how it ended ------------------------------------------------------------------------------


def test_the_end_says_verdict_and_sentence(empty: Path) -> None:
    run = read(empty, of("end", verdict="BENCH", sentence="No port.", seconds=3))
    assert (run.verdict, run.sentence) == (Verdict.BENCH, "No port.")
    assert read(empty, of("end", verdict="PASS", seconds=3)).sentence == ""


def test_a_killed_session_is_the_bench_unless_a_test_had_failed(empty: Path) -> None:
    assert read(empty, TEST).verdict is Verdict.BENCH
    assert read(empty, TEST, {**TEST, "verdict": "FAIL"}).verdict is Verdict.FAIL
    counts = read(empty, TEST, {**TEST, "verdict": "SKIP"}).counts
    assert (counts.passed, counts.skipped, counts.total) == (1, 1, 2)


def test_a_killed_session_names_the_tests_that_ran(empty: Path) -> None:
    begun = [of("begin", name=name) for name in ("test_a", "test_b", "test_c")]
    said = "The session was ended from outside before it was through"
    assert read(empty).sentence == f"{said}."
    assert read(empty, *begun, TEST).sentence == f"{said} while test_b and test_c ran."
    assert read(empty, begun[0], TEST).sentence == f"{said}."
    assert read(empty, TEST).sentence == f"{said}."  # of a journal that lost the beginning


def test_skips_by_their_reasons(empty: Path) -> None:
    skip = {**TEST, "verdict": "SKIP"}
    run = read(
        empty,
        {**skip, "name": "a", "reason": "no radio"},
        {**skip, "name": "b", "reason": "no radio"},
        {**skip, "name": "c", "reason": "one node"},
        {**TEST, "name": "d", "reason": "none"},
    )
    assert run.skips == {"no radio": ["a", "b"], "one node": ["c"]}


# ---- records that are not as their kind --------------------------------------------------------


@pytest.mark.parametrize(
    "record",
    [
        of("session", label="x"),
        of("session", command="x"),
        {"kind": "session", "label": "x", "command": "x"},
        {**SESSION, "time": "noon"},
        of("versions"),
        of("versions", versions=3),
        of("step", name="x", detail="x"),
        of("step", name="x", seconds=1),
        of("step", detail="x", seconds=1),
        of("step", name="x", detail="x", seconds="long"),
        of("boot"),
        of("boot", report=3),
        of("begin"),
        of("test", name="x"),
        {**TEST, "verdict": "MAYBE"},
        of("compare", what="x", ratio="wide", error=1, limit=1),
        of("compare", ratio=1, error=1, limit=1),
        of("measure", name="x", value="wide"),
        of("measure", value=1),
        of("measure", name="x", value=1, budget="wide"),
        of("sample", x=1),
        of("sample", values={"heap": "much"}),
        of("traffic", node=1, decoded={}),
        of("traffic", node=1, refused={}),
        of("traffic", decoded={}, refused={}),
        of("traffic", node=1, decoded=1, refused={}),
        of("traffic", node=1, decoded={}, refused=1),
        of("stream", node=1, packet="x", count=1, missing=0, test=""),
        of("stream", node=1, packet="x", count=1, missing=0, test="", rate_hz="fast"),
        of("stream", packet="x", count=1, missing=0, test="", rate_hz=1),
        of("stream", node=1, count=1, missing=0, test="", rate_hz=1),
        of("stream", node=1, packet="x", missing=0, test="", rate_hz=1),
        of("stream", node=1, packet="x", count=1, test="", rate_hz=1),
        of("stream", node=1, packet="x", count=1, missing=0, rate_hz=1),
        of("fault"),
        of("end", verdict="MAYBE", seconds=1),
        of("end", verdict="PASS"),
        of("soak", minute=1),
        of("soak", values={}),
        of("soak", minute=1, values={"heap": "much"}),
        of("soak", minute=1, values=[1]),
        of("finding", minute=1, what="x"),
        of("finding", minute=1, message="x"),
        of("finding", what="x", message="x"),
        of("trend", slope=1, chance=1),
        of("trend", name="x", slope=1),
        of("trend", name="x", chance=1),
        of("trend", name="x", slope="steep", chance=1),
        of("soak_plan", minutes=1),
        of("soak_plan", clock="real"),
        of("soak_end"),
        of("soak_note"),
    ],
    ids=lambda record: record["kind"],
)
def test_a_record_that_is_not_as_its_kind_is_counted_and_left_out(
    empty: Path, record: dict[str, Any]
) -> None:
    run = read(empty, record, record, TEST)
    assert run.unreadable == {record["kind"]: 2}
    assert run.session == SESSION and len(run.tests) == 1
    assert run.end is None and not run.versions and not run.steps and not run.boots
    assert not run.comparisons and not run.measurements and not any(run.samples.values())
    assert not run.traffic and not run.streams and not run.faults and not run.unfinished
    soak = run.soak
    assert not (soak.plan or soak.minutes or soak.findings or soak.notes or soak.trends or soak.end)


@pytest.mark.parametrize(
    "record",
    [
        SESSION,
        TEST,
        of("versions", versions={}),
        of("begin", name="mine"),
        of("fault", message="mine"),
        of("end", verdict="PASS", sentence="mine", seconds=1),
    ],
    ids=lambda record: record["kind"],
)
def test_a_test_does_not_speak_for_the_session(empty: Path, record: dict[str, Any]) -> None:
    run = read(empty, {**record, "test": "test_a"})
    assert run.unreadable == {record["kind"]: 1}
    assert run.session == SESSION and run.verdict is Verdict.BENCH
    assert not (run.tests or run.faults or run.unfinished)


def test_a_test_s_own_kinds_of_record_are_nobody_s_mistake(empty: Path) -> None:
    assert not read(empty, of("cores", cores=[1], test="test_a")).unreadable
