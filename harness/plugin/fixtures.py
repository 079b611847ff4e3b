"""What a test can ask for, beside pytest-embedded's own fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.build import Firmware
from harness.errors import BenchError
from harness.node.node import Node
from harness.plugin.bench import BENCH, Bench
from harness.plugin.needs import missing_memory
from harness.plugin.options import repeat_command as repeat_command_of
from harness.report import Journal


@pytest.fixture(scope="session")
def hil_bench(request: pytest.FixtureRequest) -> Bench:
    """The session. Raises what kept its device from coming up."""
    bench = request.config.stash.get(BENCH, None)
    if bench is None:
        raise BenchError("This session drives no device: its tests are all unit tests.")
    bench.prepare()  # for a test that asks for it while it runs
    if bench.problem is not None:
        raise bench.problem
    return bench


@pytest.fixture
def node(request: pytest.FixtureRequest, hil_bench: Bench) -> Iterator[Node]:
    """The node, in the state after boot, with the clock stepped and at zero.

    After a test marked `reboots` its settings and weights are wiped and it is restarted.
    """
    ready = hil_bench.ready()
    if reason := missing_memory(request.node, hil_bench.arena_bytes):
        pytest.skip(reason)
    yield ready
    if request.node.get_closest_marker("reboots") and hil_bench.problem is None:
        hil_bench.clean()


@pytest.fixture
def nodes(request: pytest.FixtureRequest, hil_bench: Bench) -> Iterator[list[Node]]:
    """Every node of the session, each as `node`; there are several with --count. Their ids are 1,
    2, 3, … in this order.

    A test that takes several says so: `@pytest.mark.needs("nodes", 2)`.
    """
    ready = hil_bench.ready_all()
    if reason := missing_memory(request.node, hil_bench.arena_bytes):
        pytest.skip(reason)
    yield ready
    if request.node.get_closest_marker("reboots") and hil_bench.problem is None:
        hil_bench.clean()


@pytest.fixture
def devices(hil_bench: Bench) -> list[Any]:
    """What each of `nodes` runs in."""
    return [attached.parts.device for attached in hil_bench.attached]


@pytest.fixture
def device(hil_bench: Bench) -> Any:
    """What the node runs in: power, and the emulator's own controls."""
    return hil_bench.embedded.device


@pytest.fixture
def firmware(hil_bench: Bench) -> Firmware:
    """The image that the node runs."""
    assert hil_bench.firmware is not None
    return hil_bench.firmware


@pytest.fixture
def metrics(request: pytest.FixtureRequest) -> Journal:
    """The session's journal: `metrics.record(kind, **fields)` writes a line of metrics.jsonl."""
    bench = request.config.stash.get(BENCH, None)
    if bench is None:
        raise BenchError("This session keeps no journal: its tests are all unit tests.")
    return bench.journal


class NoNumber(BenchError):
    """What was to be recorded as measured is none."""

    def __init__(self, name: str, given: object) -> None:
        super().__init__(f"measure({name!r}): {given!r} is no number.")
        self.name = name


def _is_number(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]  # numpy's scalars are numbers too
    except (TypeError, ValueError):
        return False
    return not isinstance(value, str | bytes)


class Measure:
    """`measure(name, value, unit, budget=…, description=…)` records a value; it judges nothing."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def __call__(
        self,
        name: str,
        value: float,
        unit: str,
        budget: float | None = None,
        description: str = "",
    ) -> None:
        """Writes one record. `budget` is the most that `value` may be. Raises NoNumber."""
        for given in (value, budget):
            if given is not None and not _is_number(given):
                raise NoNumber(name, given)
        self._journal.record(
            "measure", name=name, value=value, unit=unit, budget=budget, description=description
        )


@pytest.fixture
def measure(metrics: Journal) -> Measure:
    """Records a measured value with its unit, its budget and one sentence on what it is."""
    return Measure(metrics)


@pytest.fixture
def repeat_command(request: pytest.FixtureRequest) -> str:
    """The command that runs exactly this test again."""
    return repeat_command_of(request.config, request.node.nodeid)
