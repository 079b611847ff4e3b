"""One node of the session: the device it runs in, its console log, what it has sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.build import Firmware
from harness.errors import BootNotSeen, DeviceFault, NotBroughtBack, ProtocolFault
from harness.node.node import Node
from harness.node.structs import BootReport
from harness.plugin import steps
from harness.plugin.application import Application
from harness.plugin.bring_up import bring_up
from harness.plugin.log_text import LogText
from harness.plugin.options import Choice
from harness.plugin.terminal_output import TerminalOutput
from harness.report import ReportFolder

if TYPE_CHECKING:
    from harness.plugin.embedded import EmbeddedParts


class DutSession:
    """Starts a device and waits for its node.

    index: 0 for the session's first. number: index + 1, what a person calls it, and its node id
    where the session has several. Raises BenchError, DeviceFault.
    """

    def __init__(
        self,
        index: int,
        config: pytest.Config,
        choice: Choice,
        firmware: Firmware,
        folder: ReportFolder,
        worker: str,
        first: DutSession | None,
        application: Application[Any],
    ) -> None:
        from harness.plugin.embedded import EmbeddedParts

        self.index = index
        self.number = index + 1
        manager = first.parts.manager if first else None
        self.parts: EmbeddedParts = EmbeddedParts(
            config, choice, firmware, folder.path, index, manager
        )
        self.console_path: Path = folder.console(worker, index)
        self._console = self.console_path.open("ab", buffering=0)
        self.console_problem: OSError | None = None  # why not all of it could be written down
        self.application = application
        self.node: Node = application.node_type(self.parts.device.connection)
        application.attach(self.node)
        self._nonce_taken = -1

    def bring_up(self, firmware: Firmware, terminal: TerminalOutput) -> str:
        """Waits for the node. Returns what its start is like, for the report."""
        self.node.tap(self._to_console_log)
        self.node.tap(LogText(self.parts.put).feed)
        self.node.connection.open()
        return self._meet(firmware, terminal)

    def _meet(self, firmware: Firmware, terminal: TerminalOutput) -> str:
        """The connection is open. Raises LayoutDiffers when a field of the report has moved."""
        try:
            boot = bring_up(self.node, self.parts.device, firmware, terminal)
        except ProtocolFault:
            steps.check_layout(self.application.layouts(), self.node.layout())
            raise
        self.application.started(self.node)
        return f"nonce {boot.boot_nonce:08x}, reset reason {boot.reset_reason_name}"

    def ready(self, on_restart: Callable[[DutSession, DeviceFault], None]) -> Node:
        """The node in its known state. One that went silent is restarted by its power first."""
        try:
            self.node.restore()
        except DeviceFault as fault:
            # Whatever did this does not belong to this test, which gets a fresh node.
            self.restart()
            on_restart(self, fault)
            self.node.restore()
        return self.node

    def restart(self) -> None:
        """Takes the device's power away and gives it back. Raises NotBroughtBack."""
        self.parts.device.power_cycle()
        try:
            self.node.wait_boot(after="a power cycle")
        except BootNotSeen as fault:
            raise NotBroughtBack(fault.asked, fault.waited_s, fault.seen, fault.log) from None

    def look(self) -> None:
        """Raises what has gone wrong with the node since it was last heard."""
        self.node.status()

    def sample(self) -> dict[str, Any] | None:
        """What of the node's status goes into the report; None where there is nothing."""
        status = self.node.status()
        return {name: getattr(status, name) for name in self.application.sampled}

    def take_boot(self) -> BootReport | None:
        """The latest boot report, once; None when it has been taken."""
        boot = self.node.boot
        if boot.boot_nonce == self._nonce_taken:
            return None
        self._nonce_taken = boot.boot_nonce
        return boot

    def forget_output(self) -> None:
        """What the device has said so far is nothing that a test waits for."""
        self.parts.forget_output()

    def stop(self) -> None:
        """Ends the device. Raises DeviceFault for what it had to say against the firmware."""
        self.parts.device.stop()

    def close(self) -> None:
        """Lets go of everything."""
        try:
            self.parts.drain()
        finally:
            try:
                self.parts.close()
            finally:
                self._console.close()

    def log_since(self, begin: int, most: int) -> list[str]:
        """The log lines from number `begin` on, the last `most` of them."""
        count = min(self.node.log_seen - begin, most)
        return [line.text for line in self.node.log[-count:]] if count > 0 else []

    def _to_console_log(self, data: bytes) -> None:
        if not self._console.closed:
            try:
                self._console.write(data)
            except OSError as error:
                # The node is heard all the same.
                self.console_problem = self.console_problem or error
