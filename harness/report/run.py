"""A session, read from its journal."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.report.journal import Record, read_journal
from harness.report.verdict import Counts, Verdict


@dataclass
class TestResult:
    """One test. Times in seconds; overhead_s: of set-up and tear-down."""

    __test__ = False  # not a test class

    name: str
    verdict: Verdict
    call_s: float
    overhead_s: float
    message: str = ""
    reason: str = ""  # of a skip
    repeat: str = ""
    log: list[str] = field(default_factory=list)
    sections: dict[str, str] = field(default_factory=dict)


@dataclass
class Measurement:
    """A measured value, and the most that it may be; None if there is no such limit."""

    name: str
    value: float
    unit: str
    budget: float | None
    description: str
    test: str

    @property
    def is_within(self) -> bool | None:
        return None if self.budget is None else self.value <= self.budget


_SOAK_FIELDS = {
    "finding": ("minute", "what", "message"),
    "trend": ("name",),
    "soak_plan": ("minutes", "clock"),
    "soak_end": ("sentence",),
}


@dataclass
class SoakRecords:
    """The records of a soak: its plan, its minutes, its findings, its trends."""

    plan: Record = field(default_factory=dict)
    minutes: list[Record] = field(default_factory=list)
    findings: list[Record] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    trends: list[Record] = field(default_factory=list)
    end: Record | None = None

    def add(self, record: Record) -> bool:
        """Takes a record of a soak. Returns False for any other record."""
        kind = record["kind"]
        lists = {"soak": self.minutes, "finding": self.findings, "trend": self.trends}
        for name in _SOAK_FIELDS.get(kind, ()):
            _ = record[name]
        if kind == "soak":
            _ = float(record["minute"]), {n: float(v) for n, v in record["values"].items()}
        elif kind == "trend":
            record = {**record, **{name: float(record[name]) for name in ("slope", "chance")}}
        if kind in lists:
            lists[kind].append(record)
        elif kind == "soak_note":
            self.notes.append(str(record["message"]))
        elif kind == "soak_plan":
            self.plan = record
        elif kind == "soak_end":
            self.end = record
        else:
            return False
        return True

    @property
    def sentence(self) -> str:
        """How far the soak went, in one sentence."""
        if self.end is not None:
            return str(self.end["sentence"])
        return f"{len(self.minutes)} of {self.plan.get('minutes', '?')} minutes, then it was ended"

    @property
    def series(self) -> dict[str, list[tuple[float, float]]]:
        """Name -> (minute of the soak, value)."""
        series: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for record in self.minutes:
            for name, value in record["values"].items():
                series[name].append((float(record["minute"]), float(value)))
        return dict(series)


@dataclass
class Run:
    """Everything that the page shows."""

    session: Record
    steps: list[Record]
    boots: list[Record]
    tests: list[TestResult]
    comparisons: list[Record]
    measurements: list[Measurement]
    versions: dict[str, str]
    samples: dict[str, list[tuple[float, float]]]
    """Name -> (seconds since start, value). The name ends in the worker, if there are several, and
    in the node, if it is not the first."""
    faults: list[str]  # faults of the device outside of any test
    soak: SoakRecords
    traffic: list[Record]  # what each node has mirrored in the whole session
    streams: list[Record]  # the streams that tests have received
    end: Record | None  # None: the session was killed
    unfinished: dict[str, None] = field(default_factory=dict)  # tests that have only begun
    unreadable: Counter[str] = field(default_factory=Counter)  # number of bad records of each kind

    @property
    def counts(self) -> Counts:
        return Counts.of(test.verdict for test in self.tests)

    @property
    def verdict(self) -> Verdict:
        if self.end is not None:
            return Verdict(self.end["verdict"])
        counts = self.counts
        return counts.verdict() if counts.failed else Verdict.BENCH

    @property
    def was_stopped(self) -> bool:
        """Whether Ctrl-C or a signal ended the session before its last test."""
        return self.end is None or bool(self.end.get("stopped"))

    @property
    def sentence(self) -> str:
        """The reason of the verdict, in one sentence."""
        if self.end is not None:
            return str(self.end.get("sentence", ""))
        during = f" while {' and '.join(self.unfinished)} ran" if self.unfinished else ""
        return f"The session was ended from outside before it was through{during}."

    @property
    def skips(self) -> dict[str, list[str]]:
        """Reason -> the tests that were skipped for it."""
        skips: dict[str, list[str]] = defaultdict(list)
        for test in self.tests:
            if test.verdict is Verdict.SKIP:
                skips[test.reason].append(test.name)
        return dict(skips)


def read_run(path: Path, more: Iterable[Record] = ()) -> Run:
    """Reads the journal `path`, and `more` records that could not be written there.

    A test may write any record. One that lacks a field of its kind is counted in `unreadable`.
    """
    run = Run({}, [], [], [], [], [], {}, defaultdict(list), [], SoakRecords(), [], [], None)
    for record in itertools.chain(read_journal(path), more):
        try:
            _take(run, record)
        except (KeyError, TypeError, ValueError, AttributeError):
            run.unreadable[record["kind"]] += 1
    return run


# Only the session itself writes these. A record of a test that has such a kind is not taken.
_OF_THE_SESSION = frozenset({"session", "versions", "begin", "test", "fault", "end"})


def _take(run: Run, record: Record) -> None:
    kind = record["kind"]
    if kind in _OF_THE_SESSION and record.get("test"):
        raise KeyError(kind)
    if kind == "session":
        _ = float(record["time"]), record["label"], record["command"]
        run.session = record
    elif kind == "versions":
        run.versions = dict(record["versions"])
    elif kind == "step":
        _ = record["name"], record["detail"], float(record["seconds"])
        run.steps.append(record)
    elif kind == "boot":
        dict(record["report"])
        run.boots.append(record)
    elif kind == "begin":
        run.unfinished[record["name"]] = None
    elif kind == "test":
        run.tests.append(_test(record))
        run.unfinished.pop(record["name"], None)
    elif kind == "compare":
        run.comparisons.append(_comparison(record))
    elif kind == "measure":
        run.measurements.append(_measurement(record))
    elif kind == "sample":
        _add_samples(run, record)
    elif kind == "traffic":
        _ = record["node"], dict(record["decoded"]), dict(record["refused"])
        run.traffic.append(record)
    elif kind == "stream":
        rate: Any = record["rate_hz"]
        _ = record["node"], record["packet"], record["count"], record["missing"], record["test"]
        run.streams.append({**record, "rate_hz": None if rate is None else float(rate)})
    elif kind == "fault":
        run.faults.append(str(record["message"]))
    elif kind == "end":
        _ = Verdict(record["verdict"]), float(record["seconds"])
        run.end = record
    else:
        run.soak.add(record)


def _comparison(record: Record) -> Record:
    numbers = {name: float(record[name]) for name in ("ratio", "error", "limit")}
    return {"what": str(record["what"]), "test": record.get("test", ""), **numbers}


def _test(record: Record) -> TestResult:
    return TestResult(
        name=record["name"],
        verdict=Verdict(record["verdict"]),
        call_s=record["call_s"],
        overhead_s=record["setup_s"] + record["teardown_s"],
        message=record.get("message", ""),
        reason=record.get("reason", ""),
        repeat=record.get("repeat", ""),
        log=record.get("log", []),
        sections=record.get("sections", {}),
    )


def _measurement(record: Record) -> Measurement:
    value, budget = float(record["value"]), record.get("budget")
    return Measurement(
        name=record["name"],
        value=value,
        unit=record.get("unit", ""),
        budget=None if budget is None else float(budget),
        description=record.get("description", ""),
        test=record.get("test", ""),
    )


def _add_samples(run: Run, record: Record) -> None:
    start = float((run.session or record)["time"])
    suffix = f", {record['worker']}" if "worker" in record else ""
    suffix += f", node {record['node']}" if "node" in record else ""
    for name, value in dict(record["values"]).items():
        run.samples[name + suffix].append((float(record["time"]) - start, float(value)))
