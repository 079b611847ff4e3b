"""The tests of training find deliberate faults, each in a copy of it, and say which one it is."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.program_output import program_output
from tests.faults.workshop import PLAIN, ROOT, RUN_TIMEOUT_S, Outcome, broken, failures_in
from tests.training.faults import FAULTS

COPIED = ("training", "tests/training")
NO_NODE = ("-p", "no:pytest_embedded")
LINKED = ("harness", "kernels_ref", "tests/__init__.py", "tests/faults", "pyproject.toml")


def run_tests(folder: Path, name: str) -> Outcome:
    """Run the fault's test on a copy of training that has it."""
    folder.mkdir()
    (folder / "tests").mkdir()
    for part in COPIED:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    for part in LINKED:
        (folder / part).symlink_to(ROOT / part)
    report = folder / "junit.xml"
    options = ["-q", "-x", *PLAIN, *NO_NODE, f"--junitxml={report}"]
    words = [sys.executable, "-m", "pytest", *options, f"tests/training/{FAULTS[name].test}"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    with broken(folder, FAULTS[name]):
        done = program_output(words, cwd=folder, timeout=RUN_TIMEOUT_S, env=environment)
    return Outcome(done.returncode, done.stdout, failures_in(report))


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Outcome]]]:
    """The outcome of every fault that is asked for; two at a time."""
    folder = tmp_path_factory.mktemp("training")
    asked = {
        item.callspec.params["name"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    }
    with ThreadPoolExecutor(2) as pool:
        yield {
            name: pool.submit(run_tests, folder / str(number), name)
            for number, name in enumerate(FAULTS)
            if name in asked
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_training_is_found_and_named(
    outcomes: dict[str, Future[Outcome]], name: str
) -> None:
    fault = FAULTS[name]
    outcome = outcomes[name].result()
    told = f"{fault.test} with {name}:\n{outcome.output[-4000:]}"
    assert outcome.status == 1, f"exit status {outcome.status}, expected 1 (a test fails)\n{told}"
    function = fault.test.partition("::")[2].partition("[")[0]
    messages = [m for n, m in outcome.failures.items() if n.startswith(function)]
    assert any(all(word in m for word in fault.words) for m in messages), (
        f"no message has {fault.words}\n{told}"
    )


def test_every_fault_of_training_breaks_another_thing() -> None:
    edits = [fault.edits for fault in FAULTS.values()]
    assert len(set(edits)) == len(edits)
