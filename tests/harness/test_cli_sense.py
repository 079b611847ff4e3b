"""`hil sense`: what its tables say of a journal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness.sensing.cli.sense import feature_errors, scenarios
from harness.target import project_root

TEST = "hil_tests/test_edge_features.py::test_a_scenario[static]"


def compared(what: str, error: float, ratio: float, test: str = TEST) -> dict[str, Any]:
    return {
        "kind": "compare",
        "test": test,
        "what": what,
        "error": error,
        "limit": error / ratio,
        "ratio": ratio,
        "worst": [17],
        "count": 100,
    }


def test_a_feature_s_largest_error_and_the_one_nearest_to_its_bound() -> None:
    records = [
        compared("static motion", 1e-3, 0.1),
        compared("noise 7 motion", 1e-6, 0.5),
        compared("static vector", 1e-9, 0.2),
        compared("arctangent, small angles", 1.0, 0.9),
        compared("other motion", 9.0, 0.9, "hil_tests/test_replay.py::test_x"),
    ]
    motion, vector = feature_errors(records)
    assert (motion.name, motion.compared, motion.largest) == ("motion", 200, 1e-3)
    assert (motion.error, motion.ratio, motion.where) == (1e-6, 0.5, "noise 7, frame 17")
    assert vector.name == "vector"


def test_scenarios_are_counted() -> None:
    record = {
        "kind": "confusion",
        "scenario": "FALL",
        "expected": "fallen",
        "counts": {"fallen": 50},
    }
    (told,) = scenarios([record, {"kind": "measure"}])
    assert (told.name, told.expected, told.counts) == ("FALL", "fallen", {"fallen": 50})


def test_json_is_all_that_is_printed(tmp_path: Path) -> None:
    """What pytest says goes beside it."""
    words = ["--target", "host", "--json", "--report-dir", str(tmp_path), "-k", "no_such_test"]
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli", "sense", *words],
        cwd=project_root(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(done.stdout) == {"features": [], "scenarios": []}
    assert done.returncode == 1  # no test ran


def test_a_report_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        words = ["sense", "--target", "host", "--report-dir", str(folder)]
        done = subprocess.run(
            [sys.executable, "-m", "harness.cli", *words],
            cwd=project_root(),
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 2, said
        assert "The report cannot be written to" in said or "is a file" in said
        assert "Traceback" not in said
