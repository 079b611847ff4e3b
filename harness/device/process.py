"""Devices that are processes of this machine: how they end, and whose fault that is."""

from __future__ import annotations

import re
import signal
import subprocess
from abc import abstractmethod
from typing import Any

from harness.device import orphans
from harness.device.base import Device
from harness.embedded_internals import ServiceProcess
from harness.errors import BenchError, DeviceAborted, DeviceDied, ToolMissing

END_S = 5.0  # within which a process ends after its streams have ended
_TAIL = 2000
_REPORT = 6000
_SANITIZER = re.compile(r"^(?:=+\d+=+ERROR: \w+Sanitizer|.*: runtime error: )", re.MULTILINE)
_FATAL = {"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS"}


class ProcessDevice(Device, ServiceProcess):
    """Base of devices that are processes, before a class of pytest-embedded where it has one.

    `start` makes the object a new process each time; what a process writes to stderr goes to the
    log file that pytest-embedded opened for it.
    """

    # of Popen
    pid: int
    returncode: int | None

    _needed_for: str
    _remedy: str
    _ended_here = ""  # how this side has ended it; empty when it has not
    _watched = False  # whether `orphans` watches over it
    _reported = False  # whether a sanitizer's report has been raised already

    @abstractmethod
    def _command(self) -> list[str]:
        """The command line of the next start."""

    @abstractmethod
    def _streams(self) -> dict[str, Any]:
        """The arguments stdin, stdout and env of Popen."""

    def _prepare(self, msg_queue: Any, meta: Any) -> None:
        """What the constructor has to do before the first start."""
        self.prepare(msg_queue, meta)
        self.connection.explain = self.explain

    def _launch(self) -> None:
        command = self._command()
        self._ended_here, self._reported = "", False
        self._stderr_from = self.stderr_path.stat().st_size
        try:
            subprocess.Popen.__init__(
                self, command, bufsize=0, stderr=self.stderr_file, **self._streams()
            )
        except FileNotFoundError:
            raise ToolMissing(command[0], self._needed_for, self._remedy) from None
        except OSError as error:
            raise BenchError(f"{command[0]} does not start: {error.strerror}.") from None
        orphans.watch(self.pid)
        self._watched = True

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self.pid is not None and self._poll() is None

    @property
    def diagnostics(self) -> str:
        """What the process has written to stderr since its start."""
        raw = self.stderr_path.read_bytes()[self._stderr_from :]
        return raw.decode("utf-8", "replace")

    def kill(self) -> None:
        """Ends the process by SIGKILL."""
        if self.is_running:
            self._ended_here = "was killed on purpose"
            subprocess.Popen.kill(self)
            self._reap(END_S)

    def explain(self, doing: str) -> Exception | None:
        """The error to raise when the stream has ended; None when the process still lives."""
        if self.pid is None or self._reap(END_S) is None:
            return None
        if self._ended_here:
            return DeviceDied(self.name, self._ended_here, doing)
        return self._verdict(doing)

    def _verdict(self, doing: str) -> Exception | None:
        """The error for an end that this side did not cause."""
        status = self._poll()
        if status is None:
            return None
        report = sanitizer_report(self.diagnostics)
        if report:
            self._reported = True
            return DeviceAborted(self.name, "was ended by a sanitizer's report", doing, report)
        tail = self.diagnostics[-_TAIL:]
        if self._is_firmwares_doing(status):
            return DeviceAborted(self.name, how_it_ended(status), doing, tail)
        return DeviceDied(self.name, how_it_ended(status), doing, tail)

    @abstractmethod
    def _is_firmwares_doing(self, status: int) -> bool:
        """Whether the firmware itself has ended a process that has this status."""

    def write(self, s: str | bytes) -> None:
        """What `dut.write` sends: bytes as they are, a str with a newline."""
        self.connection.write(s if isinstance(s, bytes) else f"{s}\n".encode())

    def terminate(self) -> None:
        """Ends the process and gives back what it used. pytest-embedded calls this at the end."""
        try:
            self.stop()
        finally:
            self.kill()
            self._dispose()

    @abstractmethod
    def _dispose(self) -> None:
        """Gives back files and ports."""

    def _poll(self) -> int | None:
        return self._ended(subprocess.Popen.poll(self))

    def _reap(self, timeout: float) -> int | None:
        try:
            return self._ended(subprocess.Popen.wait(self, timeout))
        except subprocess.TimeoutExpired:
            return None

    def _ended(self, status: int | None) -> int | None:
        if status is not None and self._watched:
            self._watched = False
            orphans.forget(self.pid)
        return status


def how_it_ended(status: int) -> str:
    """Describes the end of a process by Popen's return code."""
    if status >= 0:
        return f"ended with status {status}"
    return f"ended with signal {-status} ({_signal_name(-status)})"


def is_fatal_signal(status: int) -> bool:
    """Whether the status is a signal that the code of a process causes by itself."""
    return status < 0 and _signal_name(-status) in _FATAL


def sanitizer_report(text: str) -> str:
    """The first AddressSanitizer, LeakSanitizer or UBSan report in the text; "" without one."""
    match = _SANITIZER.search(text)
    return text[match.start() : match.start() + _REPORT] if match else ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
