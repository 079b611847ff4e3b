"""pytest's plugin in a session under test: it comes to the moments of which faults are drawn, and
does what of a fault has to be done in the session itself."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import _pytest.timing
import pytest
import serial  # type: ignore[import-untyped, unused-ignore]

from harness.node.structs import KindRequest
from harness.plugin.bench import BENCH
from harness.plugin.process import is_worker
from harness.reliability.channel import Message, ToldBySession
from harness.reliability.faults import Phase
from harness.reliability.inside.scripted_build import board_without_building
from harness.reliability.inside.wire import Wire, install

_INSIDE = pytest.StashKey["Inside"]()


class Inside:
    """What the plugin knows: its line to the other side, and the wire to the node."""

    def __init__(self, config: pytest.Config, path: str) -> None:
        self._config = config
        self.line = ToldBySession(path)
        self.wire = Wire()
        install(self.wire)

    def come_to(self, phase: Phase, test: int = -1, step: int = -1) -> None:
        """A moment at which a fault may be drawn; it has come about when this returns."""
        self.obey(self.line.ask(at=phase.value, test=test, step=step, pid=os.getpid()))

    def obey(self, orders: Message) -> None:
        """What of a fault is done here."""
        if "disturb" in orders:
            self.wire.arm(orders["disturb"], orders["dice"])
        if "cut" in orders:
            self.wire.cut(for_good=orders["cut"] == "for good")
        if "lie" in orders:
            self.wire.lie(orders["lie"])
        if "clock" in orders:
            move_clock(orders["clock"])
        if "command" in orders:
            # Whoever asks the node for something next learns what came of it.
            node = self._config.stash[BENCH].node
            payload = KindRequest(orders["variant"]).build()
            node._client.post(orders["command"], payload)


def move_clock(seconds: float) -> None:
    """The wall clock jumps, for this process; no other clock does."""
    real, real_ns = time.time, time.time_ns

    def moved() -> float:
        return real() + seconds

    def moved_ns() -> int:
        return real_ns() + round(seconds * 1e9)

    time.time, time.time_ns = moved, moved_ns
    _pytest.timing.time = moved


def tell_reset_line(line: ToldBySession) -> None:
    """A pseudo-terminal has no reset line: what pyserial does to it goes to the other side."""

    def update(port: Any) -> None:
        line.tell(rts=bool(port._rts_state))

    serial.Serial._update_rts_state = update
    serial.Serial._update_dtr_state = lambda _port: None


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hil")
    group.addoption("--reliability", metavar="SOCKET", help="where the drawn fault is told")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Before anything of the harness's own."""
    path = config.getoption("reliability")
    if not path:
        return
    inside = Inside(config, path)
    config.stash[_INSIDE] = inside
    tell_reset_line(inside.line)
    board_without_building()
    if not is_worker(config):
        inside.come_to(Phase.START)


def pytest_collection_finish(session: pytest.Session) -> None:
    if (inside := session.config.stash.get(_INSIDE, None)) and not is_worker(session.config):
        inside.come_to(Phase.PREPARE)


class Between:
    """Comes to the moments after one test and before the next."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self._finished = 0

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self) -> None:
        self._inside.come_to(Phase.BETWEEN, self._finished)
        self._finished += 1


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    inside = config.stash.get(_INSIDE, None)
    if inside is not None and not config.getoption("numprocesses", None) and not is_worker(config):
        config.pluginmanager.register(Between(inside))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if (inside := session.config.stash.get(_INSIDE, None)) and not is_worker(session.config):
        inside.come_to(Phase.CLOSE)


@pytest.fixture
def come_to(pytestconfig: pytest.Config) -> Callable[..., None]:
    """`come_to(phase, test, step)`: a moment at which a fault may come."""
    return pytestconfig.stash[_INSIDE].come_to


@pytest.fixture
def told(pytestconfig: pytest.Config) -> Callable[..., None]:
    """`told(measured=3)`: the other side knows it from here on."""
    return pytestconfig.stash[_INSIDE].line.tell
