"""From a device that may run anything to the node that was built."""

from __future__ import annotations

import time
from typing import Any

from harness.build import Firmware
from harness.errors import BenchError, BootNotSeen, DeviceFault
from harness.node.node import Node
from harness.node.structs import BootReport
from harness.plugin import steps
from harness.plugin.terminal_output import TerminalOutput

LOOK_S = 8.0  # for whatever the board runs now to report
BOOT_S = 40.0
_SLICE_S = 1.5  # between two looks at what the boot ROM has said


def bring_up(node: Node, device: Any, firmware: Firmware, terminal: TerminalOutput) -> BootReport:
    """The boot report of the image that was built; a board that runs another one is flashed.

    The connection is open. Raises BenchError for what keeps the device from being judged,
    DeviceFault when it runs the image and does not report as it should.
    """
    if not hasattr(device, "install"):
        boot = node.wait_boot()
        steps.check_image(firmware, boot)
        return boot
    return _Board(node, device, firmware, terminal).bring_up()


def flash(device: Any, terminal: TerminalOutput) -> None:
    """Writes the image onto a board whose firmware cannot say what it is; others run it already."""
    if hasattr(device, "install"):
        terminal.say(f"flashing {device.name}: its firmware has no agent to say what it is")
        device.install(terminal.progress)


class _Board:
    def __init__(
        self, node: Node, board: Any, firmware: Firmware, terminal: TerminalOutput
    ) -> None:
        self._node, self._board, self._firmware, self._terminal = node, board, firmware, terminal
        node.tap(board.console.feed)

    def bring_up(self) -> BootReport:
        boot = self._flashed_if_needed()
        self._board.now_at_work()
        return boot

    def _flashed_if_needed(self) -> BootReport:
        why = "the whole flash is to be erased" if self._board.erase_all else self._why_flash()
        if not why:
            self._terminal.say("the board runs this image already: not flashed")
            return self._proven(self._node.boot)
        if self._board.skip_autoflash and not self._board.erase_all:
            raise BenchError(
                f"{self._board.name} was not to be flashed, and {why}.",
                "Leave out --skip-autoflash.",
            )
        self._terminal.say(f"flashing {self._board.name}: {why}")
        self._board.install(self._terminal.progress)
        self._restart()
        try:
            boot = self._await_boot(BOOT_S)
        except BootNotSeen:
            self._board.check_heard()
            raise
        steps.check_image(self._firmware, boot)
        return boot

    def _why_flash(self) -> str:
        """Why what the board runs cannot be left as it is; empty when it can."""
        self._restart()
        try:
            boot = self._await_boot(LOOK_S)
        except DeviceFault:
            refused = self._board.console.no_image
            return f"it starts no image ({refused})" if refused else "it reports no image of ours"
        reported = boot.elf_sha256.hex()
        if reported == self._firmware.elf_sha256:
            return ""
        return f"it runs the image {reported[:16]}…, the build is {self._firmware.elf_sha256[:16]}…"

    def _restart(self) -> None:
        """By the reset line, where there is one; the report of what runs is asked for else."""
        self._node.starts_anew()
        if self._board.has_reset_line:
            self._board.hard_reset()

    def _await_boot(self, seconds: float) -> BootReport:
        """The boot report; what the boot ROM says may end the wait before.

        A board that the reset has not reached is running all along and is asked soon. Raises the
        board's obstacle (BenchError), or BootNotSeen.
        """
        ask_after = None if self._board.was_heard() else 0.0
        look = _Look(self._board)
        try:
            return self._node.wait_boot(
                seconds, "a reset of the board", ask_after=ask_after, give_up=look
            )
        except BootNotSeen as fault:
            seen = look.of_no_use() or fault.seen
            raise BootNotSeen(fault.asked, fault.waited_s, seen, fault.log) from None

    def _proven(self, boot: BootReport) -> BootReport:
        """A reset counts when its nonce is new. Without a sign of the boot ROM the board may have
        been running all along: it is restarted on request."""
        return boot if self._board.console.resets else self._node.reset()


class _Look:
    """Looks now and then at what boot ROM and bootloader have said.

    Says why waiting is of no use. Raises the board's obstacle (BenchError).
    """

    def __init__(self, board: Any) -> None:
        self._board = board
        self._next = time.monotonic() + _SLICE_S

    def __call__(self) -> str:
        if time.monotonic() < self._next:
            return ""
        self._next = time.monotonic() + _SLICE_S
        return self.of_no_use()

    def of_no_use(self) -> str:
        self._board.check_console()
        refused = self._board.console.no_image
        return f"the bootloader refused the image: {refused}" if refused else ""
