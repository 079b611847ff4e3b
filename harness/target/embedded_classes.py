"""Puts the classes that play a device into what pytest-embedded is about to make.

pytest-embedded chooses classes by service; for a target of ours one of them is replaced, under the
fixture name where its users expect it.
"""

from __future__ import annotations

from typing import Any

from pytest_embedded import Dut
from pytest_embedded.utils import ClassCliOptions, to_bytes


class ProcessDut(Dut):  # type: ignore[misc]
    """A DUT that is a process of this machine; `serial` is that process."""

    def __init__(self, serial: Any, **kwargs: Any) -> None:
        self.serial = serial
        super().__init__(**kwargs)

    def write(self, s: str | bytes) -> None:
        """Bytes to the console, as they are; text gets a newline."""
        self.serial.write(to_bytes(s, "\n"))


def as_process(options: ClassCliOptions, device: type, **arguments: Any) -> None:
    """`device` becomes the `serial` fixture, and the DUT writes to it."""
    options.classes["serial"] = device
    options.kwargs["serial"] = {
        "msg_queue": options.kwargs["dut"]["msg_queue"],
        "meta": options.kwargs["dut"]["meta"],
        "app": None,  # replaced by the app
        **arguments,
    }
    options.classes["dut"] = ProcessDut
    options.kwargs["dut"]["serial"] = None
