"""From a device that may run anything to the node that was built, in its factory state."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from harness.build import Firmware
from harness.errors import BenchError, BootNotSeen, DeviceFault
from harness.node.layout import StructLayout, compare_layouts
from harness.node.node import Node
from harness.node.structs import BootReport
from harness.plugin.application import Application
from harness.plugin.terminal_output import TerminalOutput

LOOK_S = 8.0  # for the image that the board runs now to report
BOOT_S = 40.0
_SLICE_S = 1.5  # from one look at the boot ROM's lines to the next


class LayoutDiffers(DeviceFault):
    """The node's struct differs from the schema, so nothing that the node sends can be read."""

    def __init__(self, mismatches: Iterable[str]) -> None:
        self.mismatches = tuple(mismatches)
        listed = "\n".join(f"  {mismatch}" for mismatch in self.mismatches)
        super().__init__(
            f"The node's structs differ from the schema, so nothing it sends can be read:\n{listed}"
        )


class OtherImage(BenchError):
    """The node runs an image other than the one that was just built."""

    def __init__(self, built: str, reported: str) -> None:
        super().__init__(
            f"The node reports the image {reported[:16]}…, the build is {built[:16]}….",
            "Is another session using the same device?",
        )
        self.built = built
        self.reported = reported


def bring_up(node: Node, device: Any, firmware: Firmware, terminal: TerminalOutput) -> BootReport:
    """Flashes a board that runs another image, and returns the boot report of the one that was
    built.

    The connection is open. Raises BenchError for what keeps the device from being judged,
    DeviceFault when it runs the image and does not report as it should.
    """
    if not hasattr(device, "install"):
        boot = node.wait_boot()
        check_image(firmware, boot)
        return boot
    return _Board(node, device, firmware, terminal).bring_up()


def flash(device: Any, terminal: TerminalOutput) -> None:
    """Writes the image onto a board, whose firmware has no agent that could name its image. Any
    other device runs it already."""
    if hasattr(device, "install"):
        terminal.say(f"flashing {device.name}: its firmware has no agent that names its image")
        device.install(terminal.progress)


def check_layout(expected: Sequence[StructLayout], reported: Iterable[StructLayout]) -> int:
    """Compares the structs that the node reports with the schema. Returns how many there are.

    Raises: LayoutDiffers, naming struct and field.
    """
    mismatches = compare_layouts(expected, reported)
    if mismatches:
        raise LayoutDiffers(mismatches)
    return len(expected)


def check_image(firmware: Firmware, boot: BootReport) -> None:
    """Raises OtherImage unless the node runs `firmware`."""
    reported = boot.elf_sha256.hex()
    if reported != firmware.elf_sha256:
        raise OtherImage(firmware.elf_sha256, reported)


def factory_reset(node: Node, application: Application[Any]) -> str:
    """Wipes a node that was in use before the session. Returns the traces of that use."""
    found = application.traces(node)
    if found:
        wipe(node, application)
    return ", ".join(found)


def wipe(node: Node, application: Application[Any]) -> BootReport:
    """Brings the node to its factory state, and restarts it so that this takes effect."""
    application.wipe(node)
    return node.reset()


class _Board:
    """A board on its way to the image that was built."""

    def __init__(
        self, node: Node, board: Any, firmware: Firmware, terminal: TerminalOutput
    ) -> None:
        self._node, self._board, self._firmware, self._terminal = node, board, firmware, terminal
        self._next_look = 0.0
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
        check_image(self._firmware, boot)
        return boot

    def _why_flash(self) -> str:
        """Why the board has to be flashed; empty when it runs the image already."""
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
        """Restarts the board by its reset line; without one its report is asked for later."""
        self._node.starts_anew()
        if self._board.has_reset_line:
            self._board.hard_reset()

    def _await_boot(self, seconds: float) -> BootReport:
        """The boot report. The wait ends early when boot ROM or bootloader say that none will come.

        A board that the reset has not reached has been running all the time, and is soon asked.
        Raises BenchError for what the board's console says against it, or BootNotSeen.
        """
        ask_after = None if self._board.was_heard() else 0.0
        self._next_look = time.monotonic() + _SLICE_S
        try:
            return self._node.wait_boot(
                seconds, "a reset of the board", ask_after=ask_after, give_up=self._look
            )
        except BootNotSeen as fault:
            seen = self._why_no_boot() or fault.seen
            raise BootNotSeen(fault.asked, fault.waited_s, seen, fault.log) from None

    def _proven(self, boot: BootReport) -> BootReport:
        """A reset counts when its nonce is new. If the boot ROM was not heard, the board may have
        been running all the time, so the node is told to restart."""
        return boot if self._board.console.resets else self._node.reset()

    def _look(self) -> str:
        """Looks for a reason why no boot report will come, but not each time that it is called."""
        if time.monotonic() < self._next_look:
            return ""
        self._next_look = time.monotonic() + _SLICE_S
        return self._why_no_boot()

    def _why_no_boot(self) -> str:
        """Why no boot report will come; empty when it may. Raises BenchError for what the board's
        console says against it."""
        self._board.check_console()
        refused = self._board.console.no_image
        return f"the bootloader refused the image: {refused}" if refused else ""
