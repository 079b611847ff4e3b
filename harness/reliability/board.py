"""A played board, on a serial port of this machine that can be pulled out and plugged in again.

Its port is a pseudo-terminal, which the system opens, locks and closes like any other. It has no
reset lines: the session that has it open reports them, see `lines`. POSIX only.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import threading
import tty
from pathlib import Path

from harness.node.structs import ResetReason
from harness.sensing.scripted import ScriptedSensingNode

CHIP = "esp32s3"
_ROM = "ESP-ROM:esp32s3-20210327\r\nBuild:Mar 27 2021\r\n"
_READ_BYTES = 4096


class PlayedBoard:
    """A board that runs the image that was built. port: its name while it is plugged in."""

    def __init__(self, port: Path) -> None:
        self.port = port
        self.node = ScriptedSensingNode()
        self.node.send = self._say
        self._deaf_for_good = False
        self._rts = False
        self._wire: _Wire | None = None
        self._turn = threading.RLock()
        self.plug_in()
        self.node.boot(ResetReason.POWERON)

    # ---- the board ----------------------------------------------------------------------------

    def lines(self, rts: bool) -> None:
        """Sets RTS, which is the enable line: the chip restarts when it is released."""
        released, self._rts = self._rts and not rts, rts
        if released and not self._deaf_for_good:
            self.node.held = False
            self._start("POWERON", 1, ResetReason.POWERON)

    def press_reset(self) -> None:
        """Presses the reset button of the board."""
        self._start("POWERON", 1, ResetReason.POWERON)

    def brown_out(self) -> None:
        """Lets the supply voltage drop, so that the brown-out detector restarts the chip."""
        self._say(b"\r\nBrownout detector was triggered\r\n\r\n")
        self._start("RTCWDT_BROWN_OUT_RESET", 0xF, ResetReason.BROWNOUT)

    def fall_silent(self, *, for_good: bool) -> None:
        """Ignores every line from now on. A reset ends that, unless it is for good."""
        self.node.held = True
        self._deaf_for_good = for_good

    def _start(self, rom_reason: str, code: int, reason: ResetReason) -> None:
        rst = f"rst:0x{code:x} ({rom_reason}),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n"
        self._say((_ROM + rst).encode())
        self.node.boot(reason)

    # ---- its port -----------------------------------------------------------------------------

    def plug_in(self) -> None:
        """Makes the port appear, always under the same name."""
        with self._turn:
            self._wire = _Wire(self.node)
            self.port.symlink_to(self._wire.name)

    def unplug(self) -> None:
        """Makes the port disappear, even while a program has it open."""
        with self._turn:
            self.port.unlink(missing_ok=True)
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def is_locked(self) -> bool:
        """Whether a program still has locked the port."""
        with self._turn:
            if self._wire is None:
                return False
            lock = self.take_for_another()
        if lock is not None:
            os.close(lock)
        return lock is None

    def take_for_another(self) -> int | None:
        """Locks the port as another program would. Returns a descriptor, whose closing unlocks it;
        None when another program has locked the port already."""
        assert self._wire is not None
        descriptor = os.open(self._wire.name, os.O_RDWR | os.O_NOCTTY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def _say(self, data: bytes) -> None:
        with self._turn:
            if self._wire is not None:
                self._wire.say(data)


class _Wire:
    """A pseudo-terminal. Bytes that nobody reads are lost, as on any UART."""

    def __init__(self, node: ScriptedSensingNode) -> None:
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.name = os.ttyname(self._theirs)
        self._ended, self._end = os.pipe()
        self._node = node
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def say(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # nobody reads, or the port has been pulled
            while data:
                select.select([], [self._ours], [], 0.5)
                data = data[os.write(self._ours, data) :]

    def close(self) -> None:
        os.close(self._end)
        if self._thread is not threading.current_thread():
            self._thread.join()
        for number in (self._theirs, self._ours, self._ended):
            os.close(number)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                if self._ended in select.select([self._ours, self._ended], [], [])[0]:
                    return
                self._node.receive(os.read(self._ours, _READ_BYTES))
