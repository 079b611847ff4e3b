"""The fixtures of the bench, beside pytest-embedded's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import pytest
from numpy.typing import ArrayLike

from harness.build import Firmware
from harness.compare import Allowance, Comparison, Labels, compare
from harness.errors import BenchError
from harness.node.node import Node
from harness.plugin.hil_session import HIL_SESSION, HilSession
from harness.plugin.needs import missing_memory
from harness.plugin.options import repeat_command as repeat_command_of
from harness.report import Journal

T = TypeVar("T")


@pytest.fixture(scope="session")
def hil_session(request: pytest.FixtureRequest) -> HilSession:
    """The session. Raises the error that kept its device from starting."""
    hil = request.config.stash.get(HIL_SESSION, None)
    if hil is None:
        raise BenchError(
            "This session was begun without a device.",
            "Name the target, for example: --target qemu",
        )
    hil.prepare()  # a test may ask for it only while it runs
    if hil.problem is not None:
        raise hil.problem
    return hil


@pytest.fixture
def node(request: pytest.FixtureRequest, hil_session: HilSession) -> Iterator[Node]:
    """The node, in the state after boot, with the clock stepped and at zero.

    After a test marked `reboots` its settings and weights are wiped and it is restarted.
    """
    yield from _served(request, hil_session, hil_session.ready)


@pytest.fixture
def nodes(request: pytest.FixtureRequest, hil_session: HilSession) -> Iterator[list[Node]]:
    """Every node of the session, each as `node`; there are several with --count. Their ids are 1,
    2, 3, … in this order.

    A test that takes several says so: `@pytest.mark.needs("nodes", 2)`.
    """
    yield from _served(request, hil_session, hil_session.ready_all)


def _served(request: pytest.FixtureRequest, hil: HilSession, ready: Callable[[], T]) -> Iterator[T]:
    """What `ready` returns, for the time of the test."""
    if not hil.application.has_agent:
        raise BenchError(
            f"This firmware has no agent, so there is no `{request.fixturename}` to ask.",
            "Use pytest-embedded's `dut`.",
        )
    served = ready()
    if reason := missing_memory(request.node, hil.arena_bytes):
        pytest.skip(reason)
    yield served
    if request.node.get_closest_marker("reboots") and hil.problem is None:
        hil.clean()


@pytest.fixture
def devices(hil_session: HilSession) -> list[Any]:
    """The device that each of `nodes` runs in."""
    return [attached.parts.device for attached in hil_session.attached]


@pytest.fixture
def device(hil_session: HilSession) -> Any:
    """The device that the node runs in: its power, and the controls of an emulator."""
    return hil_session.embedded.device


@pytest.fixture
def firmware(hil_session: HilSession) -> Firmware:
    """The image that the node runs."""
    assert hil_session.firmware is not None
    return hil_session.firmware


@pytest.fixture
def metrics(request: pytest.FixtureRequest) -> Journal:
    """The session's journal: `metrics.record(kind, **fields)` writes a line of metrics.jsonl."""
    hil = request.config.stash.get(HIL_SESSION, None)
    if hil is None:
        raise BenchError("This session has no journal, since all its tests are unit tests.")
    return hil.journal


def _is_number(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]  # numpy's scalars are numbers too
    except (TypeError, ValueError):
        return False
    return not isinstance(value, str | bytes)


class Measure:
    """`measure(name, value, unit, budget=…, description=…)` records a value and judges nothing."""

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
        """Writes one record. `budget` is the most that `value` may be. Raises BenchError for what
        is not a number."""
        for given in (value, budget):
            if given is not None and not _is_number(given):
                raise BenchError(f"measure({name!r}): {given!r} is not a number.")
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


class ExpectClose:
    """`expect_close(actual, expected, budget)`: numbers of the device against expected ones."""

    def __init__(self, journal: Journal, repeat: str) -> None:
        self._journal = journal
        self._repeat = repeat

    def __call__(
        self,
        actual: ArrayLike,
        expected: ArrayLike,
        budget: Allowance,
        what: str = "result",
        axes: Sequence[str] = (),
    ) -> Comparison:
        """Compares element by element in float64, and records how much of the budget was used.

        budget: see harness.compare.allowance. axes: the names of the axes, for the message.

        Raises ShapeDiffers or ToleranceExceeded, which name the worst element; GoldenModelUnusable
        when an expected value or the budget is not a number.
        """
        __tracebackhide__ = True
        labels = Labels(what, tuple(axes), self._repeat)
        return compare(actual, expected, budget.of(expected), labels, self._record)

    def _record(self, outcome: Comparison) -> None:
        self._journal.record("compare", **dataclasses.asdict(outcome))


@pytest.fixture
def expect_close(metrics: Journal, repeat_command: str) -> ExpectClose:
    """Compares numbers of the device with expected ones, within a budget that the test states."""
    return ExpectClose(metrics, repeat_command)
