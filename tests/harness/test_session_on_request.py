"""Tests that run only when they are asked for, tests that need several nodes, and what is heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.plugin.on_request import is_asked_for
from tests.harness.session_runner import run_session

TESTS = """
import pytest

def test_ordinary(node):
    node.status()

@pytest.mark.soak
def test_long(node):
    node.status()

@pytest.mark.live
def test_watched(node):
    node.status()

@pytest.mark.needs("nodes", 2)
def test_two(nodes):
    assert len(nodes) == 2
"""


def test_an_ordinary_run_leaves_them_out_and_says_why(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, TESTS)
    assert outcome.status == 0, outcome.output
    assert outcome.verdicts == {"test_ordinary": "PASS", "test_two": "SKIP"}
    assert "left out 1: soak, takes as long as --soak-duration says" in outcome.output
    assert "left out 1: live, looks at a board's radio" in outcome.output
    assert "skipped 1: needs 2 nodes: the session has 1; --count 2 gives them" in outcome.output


@pytest.mark.parametrize(("marker", "name"), [("soak", "test_long"), ("live", "test_watched")])
def test_with_m_they_run_and_nothing_else(tmp_path: Path, marker: str, name: str) -> None:
    outcome = run_session(tmp_path, TESTS, "-m", marker)
    assert outcome.status == 0, outcome.output
    assert outcome.verdicts == {name: "PASS"}


def test_what_repeats_a_soak_asks_for_one(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, TESTS, "-m", "soak", "--soak-duration", "9m")
    (test,) = outcome.of_kind("test")
    assert "-m soak --soak-duration 9m" in test["repeat"]


@pytest.mark.parametrize(
    ("expression", "asked"),
    [("", False), ("soak", True), ("not slow", False), ("live or soak", True), ("soaked", False)],
)
def test_what_an_expression_asks_for(expression: str, asked: bool) -> None:
    assert is_asked_for("soak", expression) is asked


HEARD = """
from harness.node.framing import Event, encode_event
from tests.schema.examples import EXAMPLES

def test_packets(device, node, reception):
    for _, data in EXAMPLES[:3]:
        device.fake.event("packet", data)
    device.fake.event("packet", EXAMPLES[0][1][:-1])
    node.status()  # its answer comes after them
    assert len(reception.collect()) == 3
    assert [refused.reason for refused in reception.refused] == ["short"]
"""


def test_what_was_heard_is_in_the_report(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, HEARD)
    assert outcome.status == 0, outcome.output
    (traffic,) = outcome.of_kind("traffic")
    assert sum(traffic["decoded"].values()) == 3 and traffic["refused"] == {"short": 1}
    assert {row["packet"] for row in outcome.of_kind("stream")} == set(traffic["decoded"])
    page = (outcome.folder / "report.html").read_text()
    assert "<h2>Packets</h2>" in page and "1 short" in page
