"""Sessions on a scripted node: which verdict, which exit status, which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.session_runner import run_session

PASSES = """
def test_passes(node):
    assert node.status().queue_drops == 0
"""


def test_a_session_that_passes(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, PASSES)
    assert outcome.status == 0, outcome.output
    assert outcome.verdicts == {"test_passes": "PASS"}
    assert outcome.end["verdict"] == "PASS"
    assert "1 passed, 0 failed, 0 skipped" in outcome.output
    assert str(outcome.folder / "report.html") in outcome.output.splitlines()[-1]
