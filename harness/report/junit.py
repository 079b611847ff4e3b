"""Corrects pytest's JUnit file, so that it says the verdicts of this bench."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from harness.report.verdict import Verdict

_BENCH = "BENCH: "
_SESSION = {"classname": "hil", "name": "session", "time": "0.000"}
_TAGS = {Verdict.FAIL: "failure", Verdict.BENCH: "error"}


def correct_junit(path: Path) -> None:
    """Leaves one entry for each test; a failure blames the device, an error the bench.

    pytest calls every error one of set-up, but a fault of the bench can happen at any time. And it
    writes two entries for a test that failed twice. A file that is not JUnit's is left alone.
    Raises OSError.
    """
    try:
        tree = ElementTree.parse(path)
    except (FileNotFoundError, ElementTree.ParseError):
        return
    for suite in tree.iter("testsuite"):
        _join_twins(suite)
        for case in suite.iter("testcase"):
            for error in case.findall("error"):
                _name_fault(error)
        _count(suite)
    tree.write(path, encoding="utf-8", xml_declaration=True)


def add_session(path: Path, verdict: Verdict, sentence: str) -> None:
    """Adds an entry for the session, if the entry of no test has its verdict: a program that reads
    only this file must not take it for a PASS. An earlier one is replaced. Raises OSError."""
    try:
        tree = ElementTree.parse(path)
    except (FileNotFoundError, ElementTree.ParseError):
        return
    suite = next(tree.iter("testsuite"), None)
    if suite is None:
        return
    old = [case for case in suite.findall("testcase") if _is_session(case)]
    for case in old:
        suite.remove(case)
    _count(suite)
    is_told = suite.get("failures") != "0" or (
        verdict is Verdict.BENCH and suite.get("errors") != "0"
    )
    if verdict in _TAGS and not is_told:
        case = ElementTree.SubElement(suite, "testcase", _SESSION)
        said = ElementTree.SubElement(case, _TAGS[verdict], type=str(verdict))
        said.set("message", f"{_BENCH if verdict is Verdict.BENCH else ''}{sentence}")
        _count(suite)
    elif not old:
        return
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _is_session(case: ElementTree.Element) -> bool:
    return all(case.get(name) == _SESSION[name] for name in ("classname", "name"))


def _join_twins(suite: ElementTree.Element) -> None:
    """Joins the entries of a test that failed in two phases or was run again."""
    first: dict[tuple[str | None, str | None], ElementTree.Element] = {}
    for case in suite.findall("testcase"):
        kept = first.setdefault((case.get("classname"), case.get("name")), case)
        if kept is not case:
            kept.extend(list(case))
            suite.remove(case)


def _name_fault(error: ElementTree.Element) -> None:
    message = error.get("message", "")
    if _BENCH in message:
        error.set("message", _BENCH + message.partition(_BENCH)[2].removesuffix('"'))
        error.set("type", "BENCH")


def _count(suite: ElementTree.Element) -> None:
    cases = suite.findall("testcase")
    failed = [case for case in cases if case.find("failure") is not None]
    bench = [case for case in cases if case.find("error") is not None and case not in failed]
    skipped = [
        case
        for case in cases
        if case.find("skipped") is not None and case not in failed and case not in bench
    ]
    for name, found in (
        ("tests", cases),
        ("failures", failed),
        ("errors", bench),
        ("skipped", skipped),
    ):
        suite.set(name, str(len(found)))
