"""A session as its journal tells it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.report.journal import Record, read_journal
from harness.report.verdict import Counts, Verdict


@dataclass
class TestResult:
    """One test. Times in seconds; `overhead_s` is set-up and tear-down."""

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
    """A measured value, with the budget it has to keep if there is one."""

    name: str
    value: float
    unit: str
    budget: float | None
    description: str
    test: str

    @property
    def is_within(self) -> bool | None:
        return None if self.budget is None else self.value <= self.budget


@dataclass
class SoakRecords:
    """A soak as it was written down: its plan, its minutes, what was found, its trends."""

    plan: Record = field(default_factory=dict)
    minutes: list[Record] = field(default_factory=list)
    findings: list[Record] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    trends: list[Record] = field(default_factory=list)
    end: Record | None = None

    def add(self, record: Record) -> bool:
        """Takes a record of a soak; False for any other."""
        kind = record["kind"]
        lists = {"soak": self.minutes, "finding": self.findings, "trend": self.trends}
        if kind in lists:
            lists[kind].append(record)
        elif kind == "soak_note":
            self.notes.append(record["message"])
        elif kind == "soak_plan":
            self.plan = record
        elif kind == "soak_end":
            self.end = record
        else:
            return False
        return True

    @property
    def sentence(self) -> str:
        """How far it went."""
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
    """Everything the page shows."""

    session: Record
    steps: list[Record]
    boots: list[Record]
    tests: list[TestResult]
    comparisons: list[Record]
    measurements: list[Measurement]
    versions: dict[str, str]
    samples: dict[str, list[tuple[float, float]]]
    """Name -> (seconds since start, value); the name ends in worker and node, where there are
    workers and where it is another node than the first."""
    faults: list[str]  # what was found wrong outside of any test
    soak: SoakRecords
    traffic: list[Record]  # what each node mirrored in the whole session
    streams: list[Record]  # what tests listened to, stream by stream
    end: Record | None  # None: the session was killed

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
    def sentence(self) -> str:
        """Why the verdict is what it is, in one sentence."""
        if self.end is not None:
            return str(self.end.get("sentence", ""))
        return "The session was ended from outside before it was through."

    @property
    def skips(self) -> dict[str, list[str]]:
        """Reason -> the tests it kept from running."""
        skips: dict[str, list[str]] = defaultdict(list)
        for test in self.tests:
            if test.verdict is Verdict.SKIP:
                skips[test.reason].append(test.name)
        return dict(skips)


def read_run(path: Path) -> Run:
    """Reads the journal `path`."""
    run = Run({}, [], [], [], [], [], {}, defaultdict(list), [], SoakRecords(), [], [], None)
    start: float | None = None
    for record in read_journal(path):
        kind = record["kind"]
        if kind == "session":
            run.session = record
            start = record["time"]
        elif kind == "versions":
            run.versions = record["versions"]
        elif kind == "step":
            run.steps.append(record)
        elif kind == "boot":
            run.boots.append(record)
        elif kind == "test":
            run.tests.append(_test(record))
        elif kind == "compare":
            run.comparisons.append(record)
        elif kind == "measure":
            run.measurements.append(_measurement(record))
        elif kind == "sample":
            _add_samples(run, record, record["time"] if start is None else start)
        elif kind == "traffic":
            run.traffic.append(record)
        elif kind == "stream":
            run.streams.append(record)
        elif kind == "fault":
            run.faults.append(record["message"])
        elif kind == "end":
            run.end = record
        else:
            run.soak.add(record)
    return run


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
    budget = record.get("budget")
    return Measurement(
        name=record["name"],
        value=float(record["value"]),
        unit=record.get("unit", ""),
        budget=None if budget is None else float(budget),
        description=record.get("description", ""),
        test=record.get("test", ""),
    )


def _add_samples(run: Run, record: Record, start: float) -> None:
    values: dict[str, Any] = record["values"]
    suffix = f", {record['worker']}" if "worker" in record else ""
    suffix += f", node {record['node']}" if "node" in record else ""
    for name, value in values.items():
        run.samples[name + suffix].append((record["time"] - start, float(value)))
