"""pytest's own forms of a report, with nothing left in them that a terminal would obey."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.plugin.verdicts import clean_report

RAW, SHOWN, COLOURED = "\x1b[31mred\x1b[2J", r"\x1b[31mred\x1b[2J", "\x1b[31mred\\x1b[2J"
BOTH = pytest.mark.parametrize(
    ("colours", "text"), [(False, SHOWN), (True, COLOURED)], ids=["plain", "in colour"]
)


def report_of(longrepr: Any) -> pytest.TestReport:
    sections = [("Captured stdout", RAW), ("Captured log", "plain")]
    return pytest.TestReport("it", ("it", 1, "it"), {}, "failed", longrepr, "call", sections)


def trace(*lines: str, place: str | None = None) -> Any:
    """A traceback of one entry, as pytest keeps it."""
    where = None if place is None else SimpleNamespace(message=place)
    entries = [SimpleNamespace(lines=list(lines), reprfileloc=where), SimpleNamespace(lines=[RAW])]
    return SimpleNamespace(reprentries=entries)


def crash(message: str) -> Any:
    return SimpleNamespace(message=message)


@BOTH
def test_captured_output_and_a_text(colours: bool, text: str) -> None:
    report = report_of(RAW)
    clean_report(report, colours)
    assert report.longrepr == text
    assert report.sections == [("Captured stdout", text), ("Captured log", "plain")]


@BOTH
def test_every_error_of_a_chain(colours: bool, text: str) -> None:
    links = [
        (trace("plain", RAW, place=RAW), crash(RAW), "the cause of"),
        (trace(RAW), None, None),
    ]
    report = report_of(SimpleNamespace(chain=links))
    clean_report(report, colours)
    first, second = (link[0].reprentries for link in links)
    assert first[0].lines == ["plain", text] and first[0].reprfileloc.message == text
    assert first[1].lines == [text] and second[0].lines == [text]
    assert links[0][1].message == text
    assert report.sections[0][1] == text


@BOTH
def test_an_error_without_a_chain(colours: bool, text: str) -> None:
    alone = SimpleNamespace(reprtraceback=trace(RAW, place=RAW), reprcrash=crash(RAW))
    clean_report(report_of(alone), colours)
    entry = alone.reprtraceback.reprentries[0]
    assert entry.lines == [text] and entry.reprfileloc.message == text
    assert alone.reprcrash.message == text


def test_other_forms_are_left_alone() -> None:
    for form in (("test_it.py", 3, "Skipped: no radio"), None, cast("Any", SimpleNamespace())):
        report = report_of(form)
        clean_report(report, False)
        assert report.longrepr == form
        assert report.sections[0][1] == SHOWN
