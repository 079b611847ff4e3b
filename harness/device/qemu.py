"""The firmware in QEMU: bare-metal in a stock `-machine virt`, or a chip in Espressif's."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, ClassVar

from pytest_embedded_qemu import Qemu
from qemu.qmp import QMPClient, QMPError

from harness.connection import PipeConnection
from harness.device.flash_image import write_into
from harness.device.orphans import ScratchFolder
from harness.device.process import END_S, ProcessDevice
from harness.errors import BenchError

_FLASH_BYTES = 32 * 1024 * 1024
_QMP_PORTS_TRIED = 5
_QMP_S = 30.0
_QMP_PAUSE_S = 0.02
_LONGEST_FOLDER = 80  # bytes of a path to which a socket's name is added
_FROM_OUTSIDE = "terminating on signal"
_PORT_TAKEN = "Address already in use"
# The memory that the test build of a chip counts on: 8 MB of octal PSRAM.
_PSRAM = {"esp32s3": "-m 8M -global driver=ssi_psram,property=is_octal,value=true"}


class VirtQemu(ProcessDevice, Qemu):  # type: ignore[misc]
    """pytest-embedded's Qemu with a command line of its own: QMP and `dut` work as there.

    The UART is QEMU's standard input and output, so that no first byte is lost. A socket would cost
    several times as much, because QEMU writes byte by byte. The data flash is a file and survives
    the process. The constructor starts QEMU, as pytest-embedded expects.

    Args:
        qemu_image_path: the node's ELF.
        flash: file of the data flash, made when it is missing; by default a temporary file.
        qemu_cli_args: instead of MACHINE_ARGS. qemu_extra_args: after everything else.
        The rest is as in pytest-embedded; this machine has no eFuses.
    """

    connection: PipeConnection

    SOURCE = "QEMU"
    QEMU_PROG_PATH = "qemu-system-riscv32"
    MACHINE_ARGS: ClassVar[tuple[str, ...]] = (
        *("-machine", "virt", "-smp", "1", "-m", "128M"),
        *("-icount", "shift=3"),
        *("-device", "i6300esb", "-action", "watchdog=reset"),
    )

    _needed_for = "to run the firmware in an emulator"
    _remedy = "Type: apt-get install qemu-system-misc"

    def __init__(
        self,
        msg_queue: Any = None,
        qemu_image_path: str | Path | None = None,
        *,
        flash: Path | None = None,
        qemu_prog_path: str | None = None,
        qemu_cli_args: str | None = None,
        qemu_extra_args: str | None = None,
        app: Any = None,
        meta: Any = None,
        **_of_no_use: Any,
    ) -> None:
        if qemu_image_path is None or not Path(qemu_image_path).is_file():
            raise BenchError(f"The firmware image {qemu_image_path} does not exist.")
        self.name = "qemu"
        self.app = app
        self.image_path = str(qemu_image_path)
        self.qemu_prog_path = qemu_prog_path or self.QEMU_PROG_PATH
        self._monitor = _PrivateSocket() if hasattr(socket, "AF_UNIX") else _LocalPort()
        self._machine_args = shlex.split(qemu_cli_args) if qemu_cli_args else self.MACHINE_ARGS
        self._extra_args = shlex.split(qemu_extra_args or "")
        self._scratch = ScratchFolder("hil-qemu-")
        self.flash = flash or Path(self._scratch.name) / "flash.bin"
        self.connection = PipeConnection(self.name)
        self._prepare(msg_queue, meta)
        self.start()

    def start(self) -> None:
        """Starts QEMU and waits until its monitor answers."""
        if self.is_running:
            return
        if not self.flash.exists():
            self.erase_flash()
        for _ in range(_QMP_PORTS_TRIED):
            self._monitor.renew()
            self._launch()
            if self._monitor_answers():
                assert self.stdout is not None and self.stdin is not None
                self.connection.attach(self.stdout, self.stdin)
                return
            self.kill()
            if _PORT_TAKEN not in self.diagnostics:
                break
        why = self.diagnostics.strip() or f"its monitor did not answer in {_QMP_S:.0f} s"
        raise BenchError(f"{self.qemu_prog_path} does not start: {why}")

    def stop(self) -> None:
        """Asks QEMU to end, so that it writes back its files."""
        if not self.is_running:
            return
        self._ended_here = "was stopped"
        subprocess.Popen.terminate(self)
        if self._reap(END_S) is None:
            self.kill()

    def hard_reset(self) -> None:
        """QEMU's system_reset."""
        self.qmp_execute_cmd("system_reset")

    def erase_flash(self) -> None:
        """Every byte of the data flash file becomes 0xFF."""
        if self.is_running:
            raise BenchError("The data flash cannot be erased while QEMU runs on it.")
        self.flash.write_bytes(b"\xff" * _FLASH_BYTES)

    def qmp_execute_cmd(self, execute: str, arguments: dict[str, Any] | None = None) -> Any:
        """As in the base class, with a time limit. Raises BenchError when the monitor fails."""
        try:
            return asyncio.run(self._ask_monitor(execute, arguments))
        except (TimeoutError, QMPError, OSError) as error:
            ended = None if self.is_running else self.explain(f"its monitor was asked: {execute}")
            why = str(error) or f"no answer in {_QMP_S:.0f} s"
            raise ended or BenchError(
                f"QEMU's monitor did not carry out {execute}: {why}."
            ) from None

    async def _ask_monitor(self, execute: str, arguments: dict[str, Any] | None) -> Any:
        client = QMPClient()
        async with asyncio.timeout(_QMP_S):
            await client.connect(self._monitor.address)
            try:
                return await client.execute(execute, arguments)
            finally:
                await client.disconnect()

    def _command(self) -> list[str]:
        return [
            self.qemu_prog_path,
            *self._machine_args,
            *self._storage(),
            *("-chardev", "stdio,id=uart,signal=off", "-serial", "chardev:uart"),
            *("-monitor", "none", "-display", "none"),
            *("-no-user-config", "-qmp", f"{self._monitor.as_option},server=on,wait=off"),
            *self._extra_args,
        ]

    def _storage(self) -> list[str]:
        """The arguments for image and flash."""
        return [
            *("-bios", self.image_path),
            *("-drive", f"if=pflash,unit=1,format=raw,file={escaped(self.flash)}"),
        ]

    def _streams(self) -> dict[str, Any]:
        return {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}

    def _is_firmwares_doing(self, status: int) -> bool:
        """QEMU ends with status 0 when the guest switches it off, and when a signal asks it to."""
        return status == 0 and _FROM_OUTSIDE not in self.diagnostics

    def _dispose(self) -> None:
        self.connection.close()
        self.stderr_file.close()
        self._scratch.cleanup()
        self._monitor.close()

    def _monitor_answers(self) -> bool:
        """Waits until the monitor can be reached; False when QEMU ends or takes too long."""
        deadline = time.monotonic() + _QMP_S
        while self.is_running and time.monotonic() < deadline:
            try:
                self._monitor.try_out()
            except OSError:
                time.sleep(_QMP_PAUSE_S)
            else:
                return self.is_running
        return False


class EspQemu(VirtQemu):
    """As VirtQemu, with the chip's machine. The flash is a copy of the image, the console is UART0.

    Args:
        qemu_image_path: the whole flash. chip: as ESP-IDF and QEMU call it.
        qemu_prog_path, qemu_cli_args, qemu_extra_args: as in pytest-embedded.
    """

    _remedy = "Install Espressif's QEMU, with ESP-IDF's tools/idf_tools.py."

    def __init__(self, *, chip: str, qemu_cli_args: str | None = None, **arguments: Any) -> None:
        memory = _PSRAM.get(chip, "")
        chosen = qemu_cli_args or f"-machine {chip} {memory} -nic user,model=open_eth"
        super().__init__(qemu_cli_args=chosen, **arguments)

    def erase_flash(self) -> None:
        """Writes the image again and so removes everything that was stored since."""
        if self.is_running:
            raise BenchError("The flash cannot be written while QEMU runs on it.")
        shutil.copyfile(Path(self.image_path), self.flash)

    def write_flash(self, offset: int, data: bytes) -> None:
        """Writes into the file that is the whole flash. QEMU must not run."""
        write_into(self.flash, offset, data)

    def _storage(self) -> list[str]:
        return ["-drive", f"file={escaped(self.flash)},if=mtd,format=raw"]


class _PrivateSocket:
    """Where QEMU's monitor listens: a socket in a folder that only this user may enter. Whoever
    reaches the monitor has full control over QEMU.

    The path of a socket has at most 108 bytes, so where the folder for temporary files has a long
    path /tmp is used. address: for a client. as_option: for QEMU's command line.
    """

    def __init__(self) -> None:
        place = tempfile.gettempdir()
        is_long = len(os.fsencode(place)) > _LONGEST_FOLDER
        self._folder = ScratchFolder("hil-", "/tmp" if is_long else place)
        self.address = str(Path(self._folder.name, "qmp"))
        self.as_option = f"unix:{escaped(Path(self.address))}"

    def renew(self) -> None:
        """Chooses a free address for the next start."""
        Path(self.address).unlink(missing_ok=True)

    def try_out(self) -> None:
        """Connects. Raises OSError when nobody listens there."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            probe.connect(self.address)

    def close(self) -> None:
        self._folder.cleanup()


class _LocalPort:
    """The same as a TCP port, where there are no such sockets. Every user of this machine can reach
    it."""

    def __init__(self) -> None:
        self.address = ("127.0.0.1", 0)

    @property
    def as_option(self) -> str:
        host, port = self.address
        return f"tcp:{host}:{port}"

    def renew(self) -> None:
        with socket.socket() as probe:
            probe.bind((self.address[0], 0))
            self.address = (self.address[0], int(probe.getsockname()[1]))

    def try_out(self) -> None:
        socket.create_connection(self.address, 1.0).close()

    def close(self) -> None:
        """Does nothing: no port is held."""


def escaped(path: Path) -> str:
    """The path, escaped for one of QEMU's comma-separated options."""
    return str(path).replace(",", ",,")
