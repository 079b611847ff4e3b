"""The project's tests find what is wrong with the harness: deliberate faults, each in a copy of it.

For each: the test that ought to notice fails, and for the reason that it ought to.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from harness.program_output import program_output
from harness.sensing.pytorch import TORCH
from tests.faults import enough
from tests.faults.harness import HARNESS
from tests.faults.harness_data import TRAINING
from tests.faults.workshop import PLAIN, ROOT, RUN_TIMEOUT_S, Outcome, broken, failures_in

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the tests that notice need Linux"
)

# The firmware is only looked at: the harness wants it beside itself.
COPIED = (
    "harness",
    "hil_tests",
    "kernels_ref",
    "training",
    "tests",
    "conftest.py",
    "pyproject.toml",
)
LINKED = ("firmware", "fixtures")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The harness and its tests in a folder of their own, where they can be edited."""
    folder = tmp_path_factory.mktemp("bench")
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, folder / name)
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    return folder


def run_tests(bench: Path, test: str, words: tuple[str, ...] = ()) -> Outcome:
    """Run a test of tests/harness, or of the folder that it names, on the copy: its own harness
    comes before the installed one. A failure with all of the words is enough."""
    report = bench / "junit.xml"
    report.unlink(missing_ok=True)
    options = ["-q", *PLAIN, *enough.options(words), f"--junitxml={report}"]
    done = program_output(
        [
            sys.executable,
            "-m",
            "pytest",
            *options,
            f"tests/{test}" if "/" in test else f"tests/harness/{test}",
        ],
        cwd=bench,
        timeout=RUN_TIMEOUT_S,
        env={**os.environ, "PYTHONPATH": str(bench)},
    )
    return Outcome(done.returncode, done.stdout, failures_in(report))


@pytest.mark.parametrize("name", HARNESS)
def test_a_fault_of_the_harness_is_found(bench: Path, name: str) -> None:
    fault = HARNESS[name]
    if fault in TRAINING and TORCH.find() is None:
        pytest.skip(f"{TORCH.name} was not found. {TORCH.remedy}")
    with broken(bench, fault):
        outcome = run_tests(bench, fault.test, fault.words)
    told = f"{fault.test} with {name}:\n{outcome.output[-4000:]}"
    assert outcome.status == 1, f"exit status {outcome.status}, expected 1 (a test fails)\n{told}"
    function = fault.test.partition("::")[2].partition("[")[0]
    messages = [m for n, m in outcome.failures.items() if n.startswith(function)]
    assert messages, f"{function} did not notice\n{told}"
    assert any(all(word in m for word in fault.words) for m in messages), (
        f"no message has {fault.words}\n{told}"
    )


def test_a_copy_without_a_fault_is_in_order(bench: Path) -> None:
    outcome = run_tests(bench, "test_blame.py")
    assert outcome.status == 0, outcome.output


def test_every_fault_of_the_harness_breaks_another_thing() -> None:
    edits = [fault.edits for fault in HARNESS.values()]
    assert len(set(edits)) == len(edits)
