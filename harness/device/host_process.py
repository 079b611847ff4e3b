"""The firmware as a process of this machine, its console on standard input and output."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from pytest_embedded_idf import LinuxSerial

from harness.connection import PipeConnection
from harness.device.flash_image import write_into
from harness.device.orphans import ScratchFolder
from harness.device.process import END_S, ProcessDevice, is_fatal_signal, sanitizer_report
from harness.errors import BenchError, DeviceAborted

_SANITIZERS = {
    "ASAN_OPTIONS": "abort_on_error=0:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


class HostProcess(ProcessDevice):
    """The firmware built for this machine; the weights flash is a file and survives it.

    The constructor starts the process, as pytest-embedded expects of its services. A sanitizer's
    report and a fatal signal are the firmware's fault; any other end is the bench's.
    """

    connection: PipeConnection

    NAME = "the host node"
    SOURCE = "HOST"

    _needed_for = "to run the firmware on this machine"
    _remedy = ""

    def __init__(
        self,
        msg_queue: Any = None,
        image: str | Path | None = None,
        *,
        flash: Path | None = None,
        extra_args: tuple[str, ...] = (),
        meta: Any = None,
        **_of_no_use: Any,
    ) -> None:
        if image is None or not Path(image).is_file():
            raise BenchError(f"The firmware image {image} does not exist.")
        self.name = self.NAME
        self.image_path = str(image)
        self._extra_args = extra_args
        self._scratch = ScratchFolder("hil-host-")
        self.flash = flash or Path(self._scratch.name) / "flash.bin"
        self.connection = PipeConnection(self.name)
        self._prepare(msg_queue, meta)
        self.start()

    def start(self) -> None:
        """Starts the process."""
        if self.is_running:
            return
        self._launch()
        assert self.stdout is not None and self.stdin is not None
        self.connection.attach(self.stdout, self.stdin)

    def stop(self) -> None:
        """Closes the input of the process, which ends it.

        Raises DeviceAborted, once, for a sanitizer's report: a leak is reported only at the end.
        """
        if self.is_running:
            self._ended_here = "was stopped"
            self.connection.close()
            if self._reap(END_S) is None:
                self.kill()
        report = sanitizer_report(self.diagnostics)
        if report and not self._reported:
            self._reported = True
            raise DeviceAborted(self.name, "ended with a sanitizer's report", report=report)

    def hard_reset(self) -> None:
        """A process has no reset line."""
        raise BenchError(f"{self.name} has no reset line.", "Use power_cycle instead.")

    def erase_flash(self) -> None:
        """Removes the flash file. The process makes a new one when it finds none."""
        if self.is_running:
            raise BenchError("The flash file cannot be erased while the node runs on it.")
        self.flash.unlink(missing_ok=True)

    def _command(self) -> list[str]:
        return [self.image_path, "--flash", str(self.flash), *self._extra_args]

    def _streams(self) -> dict[str, Any]:
        env = {**_SANITIZERS, **os.environ}
        return {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": env}

    def _is_firmwares_doing(self, status: int) -> bool:
        """The firmware ends the process by a fatal signal or, with status 0, by itself."""
        return status == 0 or is_fatal_signal(status)

    def _dispose(self) -> None:
        self.stderr_file.close()
        self._scratch.cleanup()


class LinuxProcess(HostProcess, LinuxSerial):  # type: ignore[misc]
    """The firmware as ESP-IDF's host target, FreeRTOS in a process: pytest-embedded's LinuxSerial
    with a flash file; otherwise as `HostProcess`."""

    NAME = "the linux node"
    SOURCE = "LINUX"

    def __init__(self, *, app: Any = None, **arguments: Any) -> None:
        self.app = app
        super().__init__(**arguments)

    def write_flash(self, offset: int, data: bytes) -> None:
        """Writes into the file that is the whole flash. The node must not run."""
        write_into(self.flash, offset, data)
