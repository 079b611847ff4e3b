"""A device whose firmware has no agent: it is listened to, and nothing is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.build import Firmware
from harness.errors import DeviceFault
from harness.node.node import Node
from harness.node.structs import BootReport
from harness.plugin.bring_up import flash
from harness.plugin.dut_session import DutSession
from harness.plugin.terminal_output import TerminalOutput


class ListenedSession(DutSession):
    """Only a boot brings such a firmware back to its state, and what it says from there on is the
    test's to expect. The first test has the session's own boot."""

    _was_used = False

    def _meet(self, firmware: Firmware, terminal: TerminalOutput) -> str:
        flash(self.parts.device, terminal)
        return "it has no agent: it is only listened to"

    def ready(self, on_restart: Callable[[DutSession, DeviceFault], None]) -> Node:
        if self._was_used:
            self.parts.forget_output()
            self.restart()
        self._was_used = True
        return self.node

    def restart(self) -> None:
        self.parts.device.power_cycle()

    def look(self) -> None:
        pass

    def sample(self) -> dict[str, Any] | None:
        return None

    def take_boot(self) -> BootReport | None:
        return None

    def forget_output(self) -> None:
        """What it has said since its boot is the test's."""
