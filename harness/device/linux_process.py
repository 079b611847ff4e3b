"""The node as ESP-IDF's host target: FreeRTOS in a process of this machine."""

from __future__ import annotations

from typing import Any

from pytest_embedded_idf import LinuxSerial

from harness.device.flash_image import write_into
from harness.device.host_process import HostProcess


class LinuxProcess(HostProcess, LinuxSerial):  # type: ignore[misc]
    """pytest-embedded's LinuxSerial with a console that is read without polling, a flash file, and
    an end that is judged; otherwise as `HostProcess`."""

    NAME = "the linux node"
    SOURCE = "LINUX"

    def __init__(self, *, app: Any = None, **arguments: Any) -> None:
        self.app = app
        super().__init__(**arguments)

    def write_flash(self, offset: int, data: bytes) -> None:
        """Into the file that is the whole flash; the node must not run."""
        write_into(self.flash, offset, data)
