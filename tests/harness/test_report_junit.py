"""pytest's JUnit file, corrected: one entry a test, failures the device's, errors the bench's."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from harness.report import Verdict, correct_junit
from harness.report.junit import add_session

WRITTEN = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="9" failures="9" skipped="9" tests="9">
  <testcase classname="test_it" name="test_passes"/>
  <testcase classname="test_it" name="test_fails">
    <failure message="wrong">at line 3</failure>
  </testcase>
  <testcase classname="test_it" name="test_bench">
    <error message='failed on setup with "BENCH: No port ä."' type="AssertionError">BENCH</error>
  </testcase>
  <testcase classname="test_it" name="test_odd">
    <error message="failed on teardown with &quot;ValueError&quot;" type="ValueError"/>
  </testcase>
  <testcase classname="test_it" name="test_quotes">
    <error message='failed on setup with "BENCH: It said BENCH: No port."' type="x"/>
  </testcase>
  <testcase classname="test_it" name="test_mute"><error type="x"/></testcase>
  <testcase classname="test_it" name="test_skipped"><skipped message="needs a radio"/></testcase>
  <testcase classname="test_it" name="test_twice"><failure message="in the call"/></testcase>
  <testcase classname="test_it" name="test_twice"><error message="BENCH: in tear-down"/></testcase>
  <testcase classname="test_it" name="test_rerun"><skipped message="again"/></testcase>
  <testcase classname="test_it" name="test_rerun"><error message="BENCH: gone"/></testcase>
  <testcase classname="test_that" name="test_passes"><skipped message="of another file"/></testcase>
</testsuite></testsuites>
"""

PASSED = """<testsuites><testsuite errors="0" failures="0" tests="3">
  <testcase classname="hil" name="test_passes"/>
  <testcase classname="test_it" name="session"/>
  <testcase classname="test_it" name="test_skipped"><skipped message="needs a radio"/></testcase>
</testsuite></testsuites>
"""


@pytest.fixture
def suite(tmp_path: Path) -> ElementTree.Element:
    """What stands in the file once it has been corrected."""
    path = tmp_path / "junit.xml"
    path.write_text(WRITTEN, encoding="utf-8")
    correct_junit(path)
    found = ElementTree.parse(path).find("testsuite")
    assert found is not None
    return found


def cases(suite: ElementTree.Element) -> dict[tuple[str, str], list[str]]:
    """File and test -> the kinds of what is said of it."""
    return {
        (case.get("classname", ""), case.get("name", "")): [child.tag for child in case]
        for case in suite.iter("testcase")
    }


def test_a_test_that_was_written_twice_has_one_entry_with_all_that_is_said_of_it(
    suite: ElementTree.Element,
) -> None:
    assert len(list(suite.iter("testcase"))) == 10
    assert cases(suite)["test_it", "test_twice"] == ["failure", "error"]
    assert cases(suite)["test_it", "test_passes"] == []
    assert cases(suite)["test_that", "test_passes"] == ["skipped"]


def test_every_test_is_counted_once_and_for_its_worst(suite: ElementTree.Element) -> None:
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "10", "failures": "2", "errors": "5", "skipped": "2"}


def test_an_error_of_the_bench_has_its_type_and_its_own_words(suite: ElementTree.Element) -> None:
    said = [(e.get("type"), e.get("message"), e.text) for e in suite.iter("error")]
    assert said == [
        ("BENCH", "BENCH: No port ä.", "BENCH"),
        ("ValueError", 'failed on teardown with "ValueError"', None),
        ("BENCH", "BENCH: It said BENCH: No port.", None),
        ("x", None, None),
        ("BENCH", "BENCH: in tear-down", None),
        ("BENCH", "BENCH: gone", None),
    ]


def test_a_failure_keeps_its_words(suite: ElementTree.Element) -> None:
    assert [(f.get("message"), f.text) for f in suite.iter("failure")] == [
        ("wrong", "at line 3"),
        ("in the call", None),
    ]


def test_only_the_suite_is_counted(suite: ElementTree.Element) -> None:
    assert all(set(case.attrib) == {"classname", "name"} for case in suite.iter("testcase"))


def test_the_file_says_how_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(WRITTEN, encoding="utf-8")
    correct_junit(path)
    assert path.read_bytes().startswith(b"<?xml version='1.0' encoding='utf-8'?>")


def test_a_file_that_is_not_there_or_is_none_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    correct_junit(path)
    assert not path.exists()
    path.write_text("no XML")
    correct_junit(path)
    assert path.read_text() == "no XML"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        correct_junit(tmp_path)


def entry_of_session(path: Path) -> tuple[dict[str, str], list[tuple[str, dict[str, str]]]]:
    """The last entry: its attributes, and those of what is said of it."""
    case = list(ElementTree.parse(path).iter("testcase"))[-1]
    return dict(case.attrib), [(child.tag, dict(child.attrib)) for child in case]


def counts_in(path: Path) -> dict[str, str | None]:
    suite = ElementTree.parse(path).find("testsuite")
    assert suite is not None
    return {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}


@pytest.mark.parametrize(
    ("verdict", "tag", "message", "failures", "errors"),
    [
        (Verdict.FAIL, "failure", "No test ran.", "1", "0"),
        (Verdict.BENCH, "error", "BENCH: No test ran.", "0", "1"),
    ],
)
def test_a_session_whose_tests_do_not_tell_its_verdict_has_an_entry_of_its_own(
    tmp_path: Path, verdict: Verdict, tag: str, message: str, failures: str, errors: str
) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(PASSED, encoding="utf-8")
    for sentence in ("Another.", "No test ran."):  # the second one takes the first one's place
        add_session(path, verdict, sentence)
    session, said = entry_of_session(path)
    assert session == {"classname": "hil", "name": "session", "time": "0.000"}
    assert said == [(tag, {"type": str(verdict), "message": message})]
    assert counts_in(path) == {
        "tests": "4",
        "failures": failures,
        "errors": errors,
        "skipped": "1",
    }
    assert path.read_bytes().startswith(b"<?xml version='1.0' encoding='utf-8'?>")


def test_an_entry_of_the_session_goes_when_it_is_true_no_longer(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(PASSED, encoding="utf-8")
    add_session(path, Verdict.BENCH, "The disk is full.")
    add_session(path, Verdict.PASS, "Every test passed.")
    names = [case.get("name") for case in ElementTree.parse(path).iter("testcase")]
    assert names == ["test_passes", "session", "test_skipped"]
    assert counts_in(path) == {"tests": "3", "failures": "0", "errors": "0", "skipped": "1"}


@pytest.mark.parametrize(
    ("said", "verdict", "is_added"),
    [
        ("failure", Verdict.FAIL, False),
        ("failure", Verdict.BENCH, False),
        ("error", Verdict.BENCH, False),
        ("error", Verdict.FAIL, True),
        ("skipped", Verdict.PASS, False),
    ],
)
def test_an_entry_of_a_test_may_tell_it_already(
    tmp_path: Path, said: str, verdict: Verdict, is_added: bool
) -> None:
    path = tmp_path / "junit.xml"
    text = PASSED.replace("skipped", said)
    path.write_text(text, encoding="utf-8")
    add_session(path, verdict, "Why.")
    assert (path.read_text(encoding="utf-8") != text) is is_added


def test_what_is_no_suite_gets_no_entry(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    add_session(path, Verdict.FAIL, "Why.")
    assert not path.exists()
    for text in ("no XML", "<testsuites/>"):
        path.write_text(text)
        add_session(path, Verdict.FAIL, "Why.")
        assert path.read_text() == text
