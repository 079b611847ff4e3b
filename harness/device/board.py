"""A board on a serial port: USB, a network serial server, or a raw socket."""

from __future__ import annotations

import contextlib
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import esptool
from esptool.reset import HardReset
from pytest_embedded_idf import IdfSerial
from serial import SerialException  # type: ignore[import-untyped, unused-ignore]

from harness.connection import Connection, SerialConnection, connect_to
from harness.device.base import Device
from harness.device.boot_console import (
    BootConsole,
    BrownOut,
    NothingHeard,
    RestartedFromOutside,
    WrongChip,
)
from harness.device.flash_refusal import SecuredChip, check_secured, refusal
from harness.embedded_internals import prepare_serial
from harness.errors import BenchError, ConnectionLost, PortMissing

_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")
_OTHER_CHIP = re.compile(r"This chip is (\S+), not ")
_ROM_SPEAKS_S = 1.5  # a boot ROM says its name within some 50 ms of a reset
_PAUSE_S = 0.02
_TAIL = 600

# Reset reasons that no firmware brings about, by the names that ESP-IDF gives them.
_SUPPLY = ("BROWNOUT", "PWR_GLITCH")
_FROM_OUTSIDE = ("POWERON", "EXT", "USB", "JTAG")


class NoResetLine(BenchError):
    """The port carries bytes only."""

    def __init__(self, port: str, needed_for: str) -> None:
        super().__init__(
            f"{port} is a raw socket: it has no reset line, which is needed {needed_for}.",
            "Use rfc2217://, or give the board's own port with --flash-port.",
        )
        self.port = port


class FlashFailed(BenchError):
    """esptool could not write the image."""

    def __init__(self, port: str, why: str, remedy: str = "") -> None:
        super().__init__(
            f"The board on {port} could not be flashed: {why}.",
            remedy or "Check cable and supply; a lower rate may help: ESPBAUD=115200.",
        )
        self.port, self.why = port, why


def port_with_mac(ports: list[str], mac: str) -> str:
    """The port whose chip has that address; resets every chip it asks.

    Raises PortMissing when none has it.
    """
    wanted = mac.lower()
    for port in ports:
        with contextlib.suppress(esptool.FatalError, SerialException, OSError):
            loader = esptool.detect_chip(port, connect_attempts=2)
            try:
                address = ":".join(f"{byte:02x}" for byte in loader.read_mac())
                loader.hard_reset()
            finally:
                loader._port.close()
            if address == wanted:
                return port
    raise PortMissing(
        f"--port-mac {mac}", f"no chip on {', '.join(ports)} has that address", "Type: hil doctor"
    )


class Board(Device, IdfSerial):  # type: ignore[misc]
    """pytest-embedded's IdfSerial, with a console that is read without polling.

    Its methods (`flash`, `erase_flash`, `dump_flash`, `erase_partition`, …) work as there; while
    esptool has the port, the connection is closed. Making one opens and resets nothing.

    Args:
        port: as a user writes it. chip: ESP-IDF's name. baud: of the console.
        esptool_port: another port of the same board, to flash it by.
        skip_autoflash, erase_all, erase_nvs, esptool_baud, esp_flash_force: as in pytest-embedded.
    """

    def __init__(
        self,
        msg_queue: Any = None,
        app: Any = None,
        *,
        port: str,
        chip: str,
        baud: int = IdfSerial.DEFAULT_BAUDRATE,
        esptool_port: str | None = None,
        skip_autoflash: bool = False,
        erase_all: bool = False,
        erase_nvs: bool = False,
        esptool_baud: int = IdfSerial.ESPTOOL_DEFAULT_BAUDRATE,
        esp_flash_force: bool = False,
        meta: Any = None,
        **_of_no_use: Any,
    ) -> None:
        self.name = f"the board on {port}"
        self.port, self.target, self.baud = port, chip, baud
        self.flash_port = esptool_port or port
        self.app = app
        self.skip_autoflash, self.erase_all, self.erase_nvs = skip_autoflash, erase_all, erase_nvs
        self.esptool_baud, self.esp_flash_force = esptool_baud, esp_flash_force
        self.confirm_target_elf_sha256 = False
        self.ports_to_occupy: list[str] = []
        self.esp: Any = None  # esptool's side, while it has the port
        self.console = BootConsole()
        self.at_work = False  # whether the node that was built has reported
        self.connection: Connection = connect_to(port, baud)
        self.connection.explain_restart = self._why_restarted
        self.connection.explain_silence = self._why_silent
        self._output = _EsptoolOutput(msg_queue)
        prepare_serial(self, self._output, meta)

    # ---- power ------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """A board that is plugged in has power."""
        return True

    @property
    def has_reset_line(self) -> bool:
        """Whether the port can reset the board."""
        return isinstance(self.connection, SerialConnection)

    def start(self) -> None:
        """Does nothing: a board that is plugged in runs."""

    def stop(self) -> None:
        """Closes the connection. The board goes on running."""
        self.connection.close()

    def kill(self) -> None:
        """Raises BenchError: the bench cannot switch a board's power."""
        raise BenchError(f"The power of {self.name} cannot be switched.")

    def power_cycle(self) -> None:
        """Uses the reset line, because the bench cannot switch a board's power."""
        self.hard_reset()

    def hard_reset(self) -> None:
        """Pulls the chip's enable line down for a moment; the connection stays open.

        Raises NoResetLine, ConnectionLost.
        """
        if not isinstance(self.connection, SerialConnection):
            raise NoResetLine(self.port, "to restart the board")
        self.console.forget()
        self.connection.check("resetting the board")
        try:
            HardReset(self.connection.pyserial)()
        except (SerialException, OSError) as error:
            # A USB port goes with the chip it belongs to; the reader waits until it is back.
            if not self.connection.is_open:
                raise ConnectionLost(self.port, str(error)) from None

    # ---- before anything is built -----------------------------------------------------------

    def examine(self) -> None:
        """Opens the port, resets the board and listens to its boot ROM for a moment.

        Raises PortMissing, WrongChip, DownloadMode, BrownOut, WrongBaudRate. A board that says
        nothing passes.
        """
        self.connection.on_bytes = self.console.feed
        self.connection.open()
        try:
            if not self.has_reset_line:
                return
            self.hard_reset()
            deadline = time.monotonic() + _ROM_SPEAKS_S
            while time.monotonic() < deadline and not self._rom_has_spoken():
                time.sleep(_PAUSE_S)
            self.check_console()
        finally:
            self.connection.close()

    def _rom_has_spoken(self) -> bool:
        return bool(self.console.chip and self.console.resets and "\n" in self.console.text[-2:])

    def check_console(self) -> None:
        """Raises the obstacle to running the node that the console shows, if it shows one."""
        obstacle = self.console.obstacle(self.port, self.baud, self.target)
        if obstacle is not None:
            raise obstacle

    def was_heard(self) -> bool:
        """Whether the board has sent anything since its reset. Waits a moment for the first byte,
        which comes from its boot ROM."""
        deadline = time.monotonic() + _ROM_SPEAKS_S
        while self.has_reset_line and time.monotonic() < deadline:
            if self.console.total:
                return True
            time.sleep(_PAUSE_S)
        return False

    def check_heard(self) -> None:
        """To be called when a node that was flashed does not report.

        Raises NothingHeard when not one byte has come since the last reset; SecuredChip and
        ImageTooLarge when the bootloader says so.
        """
        if self.has_reset_line and not self.console.total:
            raise NothingHeard(self.port)
        if (refused := refusal(self.port, self.console.text)) is not None:
            raise refused

    # ---- while it is at work ----------------------------------------------------------------

    def now_at_work(self) -> None:
        """To be called when the node that was built has reported."""
        self.console.forget()
        self.at_work = True

    def _why_restarted(self, reason: str, doing: str) -> BenchError | None:
        """The error for a restart that the firmware did not cause; None when it may have."""
        self.console.forget()  # what came before the restart has been judged with it
        if reason in _SUPPLY:
            return BrownOut(self.port, 1, doing)
        if reason in _FROM_OUTSIDE:
            return RestartedFromOutside(self.port, reason, doing)
        return None

    def _why_silent(self, doing: str) -> BenchError | None:
        """The error that the console shows when a node gives no answer; None when it shows none."""
        if self.at_work and (brown_outs := self.console.brown_outs):
            return BrownOut(self.port, brown_outs, doing)
        return self.console.obstacle(self.port, self.baud, self.target)

    # ---- flash ------------------------------------------------------------------------------

    def erase_flash(self, force: bool = False) -> None:
        """Erases the whole flash, with the image, by esptool. Raises as `install` does."""
        IdfSerial.erase_flash(self, force)

    def install(self, progress: Callable[[str], None]) -> None:
        """Erases what the command line says and writes the image.

        Raises WrongChip, FlashFailed, PortMissing, NoResetLine, SecuredChip, ImageTooLarge.
        """
        if self.flash_port.startswith("socket://"):
            raise NoResetLine(self.flash_port, "to flash the board")
        self._output.progress = progress
        try:
            with self.disable_redirect_thread():
                if not self._is_forced():
                    self._refuse_secured()
                if self.erase_all:
                    self.erase_flash()
                    self.erase_all = False
                self.flash()
        finally:
            self._output.progress = None

    def _is_forced(self) -> bool:
        """Whether the image is for a secured chip, or is written to one at the user's own risk."""
        secured = ("SECURE_FLASH_ENC_ENABLED", "SECURE_BOOT")
        return self.esp_flash_force or any(self.app.sdkconfig.get(name) for name in secured)

    def _refuse_secured(self) -> None:
        """Raises SecuredChip for a secured chip, after letting it run what it has."""
        self.esp.connect()
        try:
            check_secured(self.esp, self.flash_port)
        except SecuredChip:
            self.esp.hard_reset()
            raise

    def write_flash(self, offset: int, data: bytes) -> None:
        """Writes by esptool, which restarts the board. Raises as `install` does."""
        with tempfile.TemporaryDirectory(prefix="hil-flash-") as folder:
            path = Path(folder, "piece.bin")
            path.write_bytes(data)
            self.write_region(offset, path)

    def write_region(self, offset: int, file: Path) -> None:
        """Writes a file to the flash and restarts the board. Raises as `install` does."""
        with self.disable_redirect_thread(), contextlib.redirect_stdout(self._output):
            self.esp.connect()
            command = ["--chip", self.target, "--baud", str(self.esptool_baud), "write-flash"]
            esptool.main([*command, hex(offset), str(file)], esp=self.esp)

    @contextlib.contextmanager
    def disable_redirect_thread(self, kill_port: bool = False) -> Iterator[bool]:
        """Inside, esptool has the port. The name is pytest-embedded's."""
        if self.esp is not None:
            yield False
            return
        was_open = self.connection.is_wanted
        shares_port = self.flash_port == self.port
        if shares_port:
            self.connection.close()
        try:
            self._output.tail = ""
            self.esp = self._esptool()
            yield was_open
        except (esptool.FatalError, SerialException, SystemExit, StopIteration) as error:
            raise self._flash_error(error) from None
        finally:
            if self.esp is not None:
                with contextlib.suppress(SerialException, OSError):
                    self.esp._port.close()
            self.esp = None
            if shares_port and was_open:
                self._open_again()

    def _esptool(self) -> Any:
        """esptool's object for the chip, on the flash port, not connected yet."""
        loader = esptool.CHIP_DEFS[self.target](self.flash_port, self.DEFAULT_BAUDRATE)
        loader.USES_RFC2217 = self.flash_port.startswith("rfc2217:")
        return loader

    def _open_again(self) -> None:
        """Opens the port again; a USB port may take a moment to come back."""
        deadline = time.monotonic() + self.connection.reopen_s
        while True:
            try:
                self.connection.open()
            except PortMissing:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE_S)
            else:
                return

    def _flash_error(self, error: BaseException) -> BenchError:
        text = str(error)
        if match := _OTHER_CHIP.search(text):
            return WrongChip(self.flash_port, match[1].lower().replace("-", ""), self.target)
        why = text.partition("\nFor troubleshooting")[0].replace("\n", " ").rstrip(". ")
        if isinstance(error, SystemExit):
            why = f"esptool ended: {self._output.tail[-_TAIL:]}".strip()
        if (refused := refusal(self.flash_port, why)) is not None:
            return refused
        if "Failed to connect" in why:
            remedy = "Hold BOOT, press RESET, release BOOT and start again, or check the cable."
            return FlashFailed(self.flash_port, why, remedy)
        return FlashFailed(self.flash_port, why or type(error).__name__)

    # ---- what pytest-embedded's methods use ----------------------------------------------------

    @property
    def proc(self) -> Any:
        """pyserial's object: esptool's while that has the port."""
        if self.esp is not None:
            return self.esp._port
        return getattr(self.connection, "pyserial", None) or self

    def start_redirect_thread(self) -> None:
        """Opens the connection, which reads by itself."""
        self.connection.open()

    def stop_redirect_thread(self) -> bool:
        """Closes the connection. Returns whether it was open."""
        was_open = self.connection.is_wanted
        self.connection.close()
        return was_open

    def write(self, data: bytes) -> None:
        """What `dut.write` sends."""
        self.connection.write(data)

    def close(self) -> None:
        """Closes the port."""
        self.connection.close()


class _EsptoolOutput:
    """Takes esptool's output: all of it goes to the log, percentages also to `progress`."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self.progress: Callable[[str], None] | None = None
        self.tail = ""

    def write(self, text: str) -> int:
        self.tail = (self.tail + text)[-2 * _TAIL :]
        if self.progress is not None and (percent := _PERCENT.findall(text)):
            self.progress(f"flashing {percent[-1]} %")
        if self._queue is not None:
            self._queue.write(text)
        return len(text)

    def put(self, data: bytes) -> None:
        self._queue.put(data)

    def flush(self) -> None:
        """Does nothing: output is passed on at once."""

    def isatty(self) -> bool:
        return False
