"""One device of the session: its node, if its firmware has an agent, and its console log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.build import Firmware
from harness.errors import BootNotSeen, DeviceFault, NotBroughtBack, ProtocolFault
from harness.node.framing import EVENT, REPLY
from harness.node.node import Node
from harness.node.structs import BootReport
from harness.plugin.application import Application
from harness.plugin.bring_up import bring_up, check_layout, flash
from harness.plugin.terminal_output import TerminalOutput

if TYPE_CHECKING:
    from harness.plugin.embedded import EmbeddedParts


class DutSession:
    """Starts a device and waits for its node.

    index: 0 for the first of the session. number: index + 1, by which messages name the node, and
    its node id where the session has several. console_path: the file of everything that the device
    says. Raises BenchError, DeviceFault.
    """

    def __init__(
        self, index: int, parts: EmbeddedParts, console_path: Path, application: Application[Any]
    ) -> None:
        self.index = index
        self.number = index + 1
        self.parts = parts
        self.console_path = console_path
        self._console = console_path.open("ab", buffering=0)
        self.console_problem: OSError | None = None  # the first error of writing to it
        self.application = application
        self.node: Node = application.node_type(parts.device.connection)
        application.attach(self.node)
        self._nonce_taken = -1

    def bring_up(self, firmware: Firmware, terminal: TerminalOutput) -> str:
        """Waits for the node. Returns how it has started, for the report."""
        self.node.tap(self._to_console_log)
        self.node.tap(LogText(self.parts.put).feed)
        self.node.connection.open()
        return self._meet(firmware, terminal)

    def _meet(self, firmware: Firmware, terminal: TerminalOutput) -> str:
        """Waits for the boot report; the connection is open. Raises LayoutDiffers when a field of
        the report is at another place than the schema says."""
        try:
            boot = bring_up(self.node, self.parts.device, firmware, terminal)
        except ProtocolFault:
            check_layout(self.application.layouts(), self.node.layout())
            raise
        self.application.started(self.node)
        return f"nonce {boot.boot_nonce:08x}, reset reason {boot.reset_reason_name}"

    def ready(self, on_restart: Callable[[DutSession, DeviceFault], None]) -> Node:
        """The node in its known state. A node that does not answer is switched off and on first."""
        try:
            self.node.restore()
        except DeviceFault as fault:
            # The cause lies before this test, which gets a node that has just started.
            self.restart()
            on_restart(self, fault)
            self.node.restore()
        return self.node

    def restart(self) -> None:
        """Switches the device off and on. Raises NotBroughtBack."""
        self.parts.device.power_cycle()
        try:
            self.node.wait_boot(after="a power cycle")
        except BootNotSeen as fault:
            raise NotBroughtBack(fault.asked, fault.waited_s, fault.seen, fault.log) from None

    def look(self) -> None:
        """Raises what has gone wrong with the node since its last answer."""
        self.node.status()

    def sample(self) -> dict[str, Any] | None:
        """The fields of the node's status that go into the report; None where it has no status."""
        status = self.node.status()
        return {name: getattr(status, name) for name in self.application.sampled}

    def take_boot(self) -> BootReport | None:
        """The latest boot report the first time that it is asked for, None after that."""
        boot = self.node.boot
        if boot.boot_nonce == self._nonce_taken:
            return None
        self._nonce_taken = boot.boot_nonce
        return boot

    def forget_output(self) -> None:
        """`dut.expect` sees nothing of what the device has said so far."""
        self.parts.forget_output()

    def stop(self) -> None:
        """Ends the device. Raises DeviceFault for an error that the firmware reports as it ends."""
        self.parts.device.stop()

    def close(self) -> None:
        """Closes the device, its log and its console file."""
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
                self.console_problem = self.console_problem or error


class ListenedSession(DutSession):
    """A device whose firmware has no agent: nothing is asked of it.

    It is restarted before each test, since only a boot brings it back to its state, and the test
    sees what it says from that boot on. The first test sees the boot of the session.
    """

    _was_used = False

    def _meet(self, firmware: Firmware, terminal: TerminalOutput) -> str:
        flash(self.parts.device, terminal)
        return "the firmware has no agent, so nothing is asked of it"

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
        """Nothing: the test sees everything since the boot."""


class LogText:
    """The console without the lines of the agent, as `dut.expect` and pytest-embedded's log see it.

    Each piece is handed on as soon as it is clear that its line is not the agent's.
    """

    def __init__(self, sink: Callable[[bytes], None]) -> None:
        self._sink = sink
        self._held = b""  # the beginning of a line that may be the agent's
        self._in_log_line = False

    def feed(self, data: bytes) -> None:
        """Takes the next bytes of the stream; a line may come in several pieces."""
        kept = b""
        lines = (self._held + data).splitlines(keepends=True)
        self._held = b""
        for line in lines:
            ends = line.endswith((b"\n", b"\r"))
            if self._in_log_line or not self._may_be_agents(line):
                kept += line
                self._in_log_line = not ends
            elif not ends:
                self._held = line
        if kept:
            self._sink(kept)

    @staticmethod
    def _may_be_agents(line: bytes) -> bool:
        return any(marker.startswith(line[: len(marker)]) for marker in (REPLY, EVENT))
