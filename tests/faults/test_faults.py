"""The harness finds what is wrong with a device: deliberate faults, each in a copy of the firmware.

For each: the session ends in FAIL (exit status 1), the test that ought to notice does, and what it
prints names the cause.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from harness.sensing.recordings.manifest import NOT_SET, data_folder
from tests.faults.table import FAULTS
from tests.faults.workshop import Edit, Fault, Outcome, StaleFault, Workshop, broken


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Outcome]]]:
    """The outcome of every fault that is asked for; they run side by side from the first on."""
    workshop = Workshop(tmp_path_factory.mktemp("workshop"))
    asked = {
        item.callspec.params["name"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    }
    yield {
        name: workshop.submit(FAULTS[name]) for name in FAULTS if name in asked & _can_be_found()
    }
    workshop.close()


def _can_be_found() -> set[str]:
    """Some are found by recordings only, and there may be none on this machine."""
    here = data_folder() is not None
    return {name for name, fault in FAULTS.items() if here or not fault.needs_recordings}


@pytest.mark.firmware_fault
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_named(outcomes: dict[str, Future[Outcome]], name: str) -> None:
    fault = FAULTS[name]
    if name not in outcomes:
        pytest.skip(NOT_SET)
    outcome = outcomes[name].result()
    told = f"{fault.test} with {name}:\n{outcome.output[-4000:]}"
    assert outcome.status == 1, f"exit status {outcome.status}, expected 1 (FAIL)\n{told}"
    function = fault.test.partition("::")[2].partition("[")[0]
    messages = {n: m for n, m in outcome.failures.items() if n.startswith(function)}
    assert messages, f"{function} did not notice\n{told}"
    named = [m for m in messages.values() if all(word in m for word in fault.words)]
    assert named, f"no message has {fault.words}\n{next(iter(messages.values()))}"


def test_every_fault_breaks_another_thing() -> None:
    edits = [fault.edits for fault in FAULTS.values()]
    assert len(set(edits)) == len(edits)


def test_a_stale_table_is_said_as_such(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("x = 1;\nx = 1;\ny = 2;\n")
    for old in ("x = 1;", "z = 3;"):
        fault = Fault("stale", (Edit("a.c", "y = 2;", "y = 3;"), Edit("a.c", old, "")), "", ())
        with pytest.raises(StaleFault, match="expected once"), broken(tmp_path, fault):
            pass
    assert (tmp_path / "a.c").read_text() == "x = 1;\nx = 1;\ny = 2;\n"
