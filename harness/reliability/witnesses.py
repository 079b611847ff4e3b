"""What a session said: by its exit status, in its journal, its page, its JUnit file, and at last
on its terminal."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from harness.report import STOPPED_BY_HAND, ReportFolder, read_run
from harness.report import Run as Report
from harness.report.html import render

_LAST_WORD = re.compile(r"^(?:Exit: )?!*\s*(PASS|FAIL|BENCH)  (.*)$", re.MULTILINE)
_BY_EXIT = re.compile(r"(BENCH)  (.*?)(?: !+)?$", re.MULTILINE)
_ON_PAGE = re.compile(r'<div class="verdict (\w+)">')

NOTHING = "nothing"
STATUSES = {0: "PASS", 1: "FAIL", 2: "BENCH", STOPPED_BY_HAND: "STOPPED"}


@dataclass
class Witnesses:
    """PASS, FAIL, BENCH, or `NOTHING`, each; `status` also STOPPED, or "status 3", "signal 9".

    tests: name -> verdict of each that the journal tells. measured: what of the suite's is there.
    afterwards: what a page says that is made of the journal when all is over.
    """

    status: str
    terminal: str
    journal: str
    page: str
    junit: str
    sentence: str
    tests: dict[str, str]
    measured: list[int]
    afterwards: str
    output: str


def hear(status: int, output: Path, report: Path) -> Witnesses:
    """Reads everything that a session left."""
    text = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
    word, sentence = _last_word(text)
    folder = ReportFolder(report)
    run = read_run(folder.metrics) if folder.metrics.is_file() else None
    return Witnesses(
        status=STATUSES.get(status, f"status {status}" if status >= 0 else f"signal {-status}"),
        terminal=word,
        journal=str(run.verdict) if run is not None and run.end is not None else NOTHING,
        page=_page(folder.html),
        junit=junit_verdict(folder.junit),
        sentence=run.sentence if run is not None and run.end is not None else sentence,
        tests={} if run is None else {t.name.split("::")[-1]: str(t.verdict) for t in run.tests},
        measured=_measured(run),
        afterwards=NOTHING if run is None else _afterwards(run),
        output=text,
    )


def junit_verdict(path: Path) -> str:
    """What somebody makes of the JUnit file who sees nothing else."""
    try:
        suites = list(ElementTree.parse(path).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return NOTHING
    counts = {
        name: sum(int(suite.get(name, "0")) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    }
    if counts["failures"]:
        return "FAIL"
    if counts["errors"]:
        return "BENCH"
    return "PASS" if counts["tests"] > counts["skipped"] else NOTHING


def _last_word(text: str) -> tuple[str, str]:
    found = list(_LAST_WORD.finditer(text)) or list(_BY_EXIT.finditer(text))
    return (found[-1][1], found[-1][2]) if found else (NOTHING, "")


def _page(path: Path) -> str:
    try:
        match = _ON_PAGE.search(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return NOTHING
    return match[1] if match else NOTHING


def _measured(run: Report | None) -> list[int]:
    return [] if run is None else [int(m.value) for m in run.measurements if m.name == "step"]


def _afterwards(run: Report) -> str:
    match = _ON_PAGE.search(render(run)) if run.session else None
    return match[1] if match else NOTHING
