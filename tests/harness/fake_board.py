"""A scripted board: a boot ROM in front of the scripted node, on a serial port in memory.

`plug_in(board, "name")` makes it the port fakeboard://name; `Rfc2217Server` puts it on the network.
"""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import serial  # type: ignore[import-untyped, unused-ignore]
from serial import rfc2217

from harness.node.structs import BootReport, ResetReason
from tests.harness.fake_device import FakeNode

HANDLERS = "tests.harness.fake_ports"
BOARDS: dict[str, FakeBoard] = {}

_ROMS = {
    "esp32": "ets Jul 29 2019 12:21:46\r\n",
    "esp32s3": "ESP-ROM:esp32s3-20210327\r\nBuild:Mar 27 2021\r\n",
    "esp32c3": "ESP-ROM:esp32c3-api1-20210207\r\nBuild:Feb  7 2021\r\n",
}


class FakeBoard:
    """A board. `image` is what its flash holds: the ELF SHA-256 the node reports, or "" for none.

    starts: what happens after the boot ROM's banner, a function of the board.
    """

    def __init__(self, chip: str = "esp32s3", image: str = "11" * 32) -> None:
        self.chip = chip
        self.image = image
        self.starts: Callable[[FakeBoard], None] = start_image
        self.node = FakeNode()
        self.node.send = self.say
        self.unplugged = False
        self.runs_image = True  # whether the node hears what is sent to the board
        self.flashed: list[list[str]] = []  # esptool's command lines
        self.resets = 0
        self.has_reset_line = True
        self.port: Any = None
        self._said = bytearray()
        self._changed = threading.Condition()
        self._cancelled = False
        self._rts = False
        make_report = self.node.commands.boot_report
        self.node.commands.boot_report = lambda: self._report(make_report)  # type: ignore[method-assign]

    def _report(self, make: Callable[[], BootReport]) -> BootReport:
        return dataclasses.replace(make(), elf_sha256=bytes.fromhex(self.image or "00" * 32))

    # ---- the wire -----------------------------------------------------------------------------

    def say(self, data: bytes | str) -> None:
        """Bytes out of the board's console."""
        with self._changed:
            self._said += data.encode() if isinstance(data, str) else data
            self._changed.notify_all()

    def lines(self, *, dtr: bool, rts: bool) -> None:
        """The enable line is RTS; it restarts the chip when it is let go."""
        released, self._rts = self._rts and not rts, rts
        if released and not dtr and self.has_reset_line:
            self.reset()

    def reset(self) -> None:
        """As by the button."""
        self.resets += 1
        self.runs_image = False
        self.starts(self)

    def rom(
        self, reason: str = "POWERON", code: int = 1, boot: str = "SPI_FAST_FLASH_BOOT"
    ) -> None:
        """What the boot ROM says first."""
        self.say(_ROMS[self.chip] + f"rst:0x{code:x} ({reason}),boot:0x8 ({boot})\r\n")

    # ---- pyserial's side ------------------------------------------------------------------------

    def opened(self, port: Any) -> None:
        self.port = port
        self._rts = False
        self._cancelled = False

    def closed(self) -> None:
        self.cancel_read()

    def waiting(self) -> int:
        return len(self._said)

    def cancel_read(self) -> None:
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def read(self, size: int, timeout: float | None) -> bytes | None:
        """None: the port is gone."""
        with self._changed:
            self._changed.wait_for(lambda: self._said or self._cancelled or self.unplugged, timeout)
            if self.unplugged:
                return None
            self._cancelled = False
            data = bytes(self._said[:size])
            del self._said[:size]
            return data

    def write(self, data: bytes) -> None:
        if self.runs_image:
            self.node.receive(data)

    def unplug(self, seconds: float | None = None) -> None:
        """The port goes away, and comes back after `seconds`."""
        with self._changed:
            self.unplugged = True
            self._said.clear()
            self._changed.notify_all()
        if seconds is not None:
            threading.Timer(seconds, self.plug_in).start()

    def plug_in(self) -> None:
        self.unplugged = False


# ---- what a board does after its reset ----------------------------------------------------------


def start_image(board: FakeBoard) -> None:
    """The usual: the node, or what the ROM says about an empty flash."""
    board.rom()
    if not board.image:
        board.say("invalid header: 0xffffffff\r\n" * 8)
        return
    board.say("I (24) boot: ESP-IDF v5.5.3 2nd stage bootloader\r\n")
    board.runs_image = True
    board.node.boot(ResetReason.POWERON)


def wait_for_download(board: FakeBoard) -> None:
    """The boot pin is held low."""
    board.rom(boot="DOWNLOAD(USB/UART0)")
    board.say("waiting for download\r\n")


def brown_out(board: FakeBoard) -> None:
    """The supply breaks down whenever the radio starts."""
    for _ in range(4):
        brown_out_once(board)


def brown_out_once(board: FakeBoard) -> None:
    """The detector says so, and the restart that it makes says so again."""
    board.say("\r\nBrownout detector was triggered\r\n\r\n")
    board.rom("RTCWDT_BROWN_OUT_RESET", 0xF)
    board.say("I (24) boot: ESP-IDF v5.5.3 2nd stage bootloader\r\n")


def speak_noise(board: FakeBoard) -> None:
    """Another baud rate."""
    board.say(bytes((7 * i * i + 11 * i + 128) % 256 for i in range(400)))


def crash_loop(board: FakeBoard) -> None:
    """The image starts and dies."""
    for _ in range(3):
        board.rom("RTC_SW_CPU_RST", 0xC)
        board.say("Guru Meditation Error: Core  0 panic'ed (LoadProhibited).\r\n")
        board.say("Backtrace: 0x42008a1d:0x3fc98f50 0x42008b00:0x3fc98f70\r\n")


def refuse_image(board: FakeBoard) -> None:
    """The bootloader finds an image for another chip."""
    board.rom()
    board.say("E (48) boot_comm: mismatch chip ID, expected 9, found 5\r\n")


def stay_silent(_board: FakeBoard) -> None:
    """Not one byte."""


def vanish_and_return(board: FakeBoard) -> None:
    """USB goes with the chip, and comes back with it."""
    board.unplug(0.3)

    def boot() -> None:
        while board.unplugged:
            time.sleep(0.01)
        start_image(board)

    threading.Timer(0.4, boot).start()


def vanish(board: FakeBoard) -> None:
    """The cable is out."""
    board.unplug()


# ---- where a board is found ---------------------------------------------------------------------


def plug_in(board: FakeBoard, name: str) -> str:
    """Makes the board a port of this process. Returns what --port takes."""
    if HANDLERS not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(HANDLERS)
    BOARDS[name] = board
    return f"fakeboard://{name}"


class Rfc2217Server:
    """pyserial's own serial server before a board; one client at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            port = serial.serial_for_url(self._url, 115200, timeout=0.05, do_not_open=True)
            port.dtr = port.rts = False
            port.open()
            self._bridge(peer, port)

    def _bridge(self, peer: socket.socket, port: Any) -> None:
        class Writer:
            def write(self, data: bytes) -> None:
                peer.sendall(data)

        manager = rfc2217.PortManager(port, Writer())
        ended = threading.Event()

        def to_network() -> None:
            while not ended.is_set():
                data = port.read(port.in_waiting or 1)
                if data:
                    try:
                        peer.sendall(b"".join(manager.escape(data)))
                    except OSError:
                        return

        reader = threading.Thread(target=to_network, daemon=True)
        reader.start()
        try:
            while data := peer.recv(1024):
                port.write(b"".join(manager.filter(data)))
        except OSError:
            pass
        ended.set()
        reader.join()
        port.close()
        peer.close()

    def close(self) -> None:
        self._listener.close()
