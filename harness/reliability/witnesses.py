"""What a session said: by its exit status, in its journal, page and JUnit file, on its terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError

from harness.project.stages import junit_counts
from harness.report import STOPPED_BY_HAND, ReportFolder, read_run
from harness.report.html import render

_LAST_WORD = re.compile(r"^(?:Exit: )?!*\s*(PASS|FAIL|BENCH)  (.*)$", re.MULTILINE)
_BY_EXIT = re.compile(r"(BENCH)  (.*?)(?: !+)?$", re.MULTILINE)
_ON_PAGE = re.compile(r'<div class="verdict (\w+)">')

NOTHING = "nothing"
STATUSES = {0: "PASS", 1: "FAIL", 2: "BENCH", STOPPED_BY_HAND: "STOPPED"}


@dataclass
class Witnesses:
    """The verdict by each witness: PASS, FAIL, BENCH or `NOTHING`.

    status: by the exit status; also STOPPED, or for example "status 3", "signal 9". tests: name ->
    verdict of each test in the journal. measured: the values of the suite in the journal.
    afterwards: by a page that is made from the journal after the session.
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
    """Reads what a session printed and wrote."""
    text = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
    word, sentence = _last_word(text)
    folder = ReportFolder(report)
    run = read_run(folder.metrics) if folder.metrics.is_file() else None
    page = folder.html.read_text("utf-8", "replace") if folder.html.is_file() else ""
    return Witnesses(
        status=STATUSES.get(status, f"status {status}" if status >= 0 else f"signal {-status}"),
        terminal=word,
        journal=str(run.verdict) if run is not None and run.end is not None else NOTHING,
        page=_verdict_on(page),
        junit=junit_verdict(folder.junit),
        sentence=run.sentence if run is not None and run.end is not None else sentence,
        tests={} if run is None else {t.name.split("::")[-1]: str(t.verdict) for t in run.tests},
        measured=[int(m.value) for m in run.measurements if m.name == "step"] if run else [],
        afterwards=_verdict_on(render(run) if run is not None and run.session else ""),
        output=text,
    )


def junit_verdict(path: Path) -> str:
    """The verdict for a reader who sees nothing but the JUnit file."""
    try:
        counts = junit_counts(path)
    except (OSError, ParseError):
        return NOTHING
    judged = counts.failed or counts.bench or counts.passed
    return str(counts.verdict()) if judged else NOTHING


def _last_word(text: str) -> tuple[str, str]:
    found = list(_LAST_WORD.finditer(text)) or list(_BY_EXIT.finditer(text))
    return (found[-1][1], found[-1][2]) if found else (NOTHING, "")


def _verdict_on(page: str) -> str:
    match = _ON_PAGE.search(page)
    return match[1] if match else NOTHING
