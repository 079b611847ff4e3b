"""A plugin of pytest for sessions under test: it says which moment the session has come to, and
does the part of a fault that has to be done inside the session."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Callable
from typing import Any

import _pytest.timing
import pytest
import serial  # type: ignore[import-untyped, unused-ignore]

from harness.build import BuildRequest, Firmware, Progress, no_progress
from harness.node.structs import KindRequest
from harness.plugin.hil_session import HIL_SESSION
from harness.plugin.workers import is_worker
from harness.reliability.channel import Message, ToldBySession
from harness.reliability.faults import Phase
from harness.reliability.inside.wire import Wire, install
from harness.target import Target, registry
from harness.target.esp_idf import on_board

_INSIDE = pytest.StashKey["Inside"]()
_IMAGE = bytes(32).hex()  # what the scripted node reports
_FLASHER = {
    "write_flash_args": [],
    "flash_settings": {"flash_size": "8MB"},
    "flash_files": {"0x20000": "node.elf"},
    "extra_esptool_args": {},
}


class Inside:
    """The connection to the other side, the wire to the node, and the moments of the session."""

    def __init__(self, config: pytest.Config, path: str) -> None:
        self._config = config
        self._finished = 0  # tests
        self.line = ToldBySession(path)
        self.wire = Wire()
        install(self.wire)

    def come_to(self, phase: Phase, test: int = -1, step: int = -1) -> None:
        """Says that a moment has come. When this returns, its fault has happened, if it has one."""
        self.obey(self.line.ask(at=phase.value, test=test, step=step, pid=os.getpid()))

    def obey(self, orders: Message) -> None:
        """Does the part of a fault that this process has to do."""
        if "disturb" in orders:
            self.wire.arm(orders["disturb"], orders["dice"])
        if "cut" in orders:
            self.wire.cut(for_good=orders["cut"] == "for good")
        if "lie" in orders:
            self.wire.lie(orders["lie"])
        if "clock" in orders:
            move_clock(orders["clock"])
        if "command" in orders:
            # The next request to the node finds out what came of it.
            node = self._config.stash[HIL_SESSION].node
            payload = KindRequest(orders["variant"]).build()
            node._client.post(orders["command"], payload)

    # ---- the moments outside of a test, in the process that starts the session -----------------

    def pytest_collection_finish(self) -> None:
        if not is_worker(self._config):
            self.come_to(Phase.PREPARE)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self) -> None:
        if not (self._config.getoption("numprocesses", None) or is_worker(self._config)):
            self.come_to(Phase.BETWEEN, self._finished)
            self._finished += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        if not is_worker(self._config):
            self.come_to(Phase.CLOSE)


def move_clock(seconds: float) -> None:
    """Moves the wall clock of this process; no other clock changes."""
    real, real_ns = time.time, time.time_ns

    def moved() -> float:
        return real() + seconds

    def moved_ns() -> int:
        return real_ns() + round(seconds * 1e9)

    time.time, time.time_ns = moved, moved_ns
    _pytest.timing.time = moved


def tell_reset_line(line: ToldBySession) -> None:
    """Reports what pyserial does to the reset line, which a pseudo-terminal does not have."""

    def update(port: Any) -> None:
        line.tell(rts=bool(port._rts_state))

    serial.Serial._update_rts_state = update
    serial.Serial._update_dtr_state = lambda _port: None


class ScriptedRecipe:
    """Writes the files of a build that pytest-embedded reads."""

    def build(self, request: BuildRequest, progress: Progress = no_progress) -> Firmware:
        """See `Recipe.build`. Nothing is built, and the board runs the image already."""
        folder = request.build_dir
        (folder / "config").mkdir(parents=True, exist_ok=True)
        sdkconfig = json.dumps({"IDF_TARGET": request.target})
        (folder / "config" / "sdkconfig.json").write_text(sdkconfig, encoding="utf-8")
        (folder / "flasher_args.json").write_text(json.dumps(_FLASHER), encoding="utf-8")
        (folder / "node.elf").write_bytes(b"no image")
        return Firmware(request.target, folder / "node.elf", folder, _IMAGE, False)


def board_without_building() -> None:
    """Boards of this process need no ESP-IDF: they are played, and run the image already."""

    def played(chip: str, port: str) -> Target:
        return dataclasses.replace(on_board(chip, port), recipe=ScriptedRecipe(), requirements=())

    vars(registry)["on_board"] = played  # where `find_target` looks


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hil")
    group.addoption("--reliability", metavar="SOCKET", help="where the drawn fault is told")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Prepares the session before the harness does anything."""
    path = config.getoption("reliability")
    if not path:
        return
    inside = Inside(config, path)
    config.stash[_INSIDE] = inside
    config.pluginmanager.register(inside)
    tell_reset_line(inside.line)
    board_without_building()
    if not is_worker(config):
        inside.come_to(Phase.START)


@pytest.fixture
def come_to(pytestconfig: pytest.Config) -> Callable[..., None]:
    """`come_to(phase, test, step)`: a moment at which a fault may happen."""
    return pytestconfig.stash[_INSIDE].come_to


@pytest.fixture
def told(pytestconfig: pytest.Config) -> Callable[..., None]:
    """`told(measured=3)`: tells it to the other side."""
    return pytestconfig.stash[_INSIDE].line.tell
