"""A device: one running instance of the firmware, and the power over it.

A device is not its connection: the connection carries bytes, the device can be started, reset and
killed. Only the device can tell whose fault its own end is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from harness.connection.base import Connection
from harness.errors import BenchError


class Device(ABC):
    """Starts, resets and ends what runs the firmware.

    name: what a person calls it. connection: whoever talks to the device sets its callbacks and
    opens it; nothing that the device says before is lost.
    """

    name: str
    connection: Connection

    @property
    @abstractmethod
    def is_running(self) -> bool:
        """Whether it has power."""

    @abstractmethod
    def start(self) -> None:
        """Switches the device on, unless it is on. Raises BenchError when that fails."""

    @abstractmethod
    def stop(self) -> None:
        """Ends the device in an orderly way, unless it has ended.

        Raises DeviceAborted when a fault of the firmware shows at the end, a leak for example.
        """

    @abstractmethod
    def kill(self) -> None:
        """Takes the power away, whatever the device is doing."""

    def power_cycle(self) -> None:
        """Takes the power away and gives it back. The flash survives; a boot report follows."""
        wanted = self.connection.is_wanted
        self.kill()
        self.connection.close()
        self.start()
        if wanted:
            self.connection.open()

    @abstractmethod
    def hard_reset(self) -> None:
        """Uses the reset line; a boot report follows. Raises BenchError where there is none."""

    def write_flash(self, offset: int, data: bytes) -> None:
        """Writes to the flash while the node does not run. A node that runs is stopped for it.

        Raises BenchError where the flash cannot be reached from outside.
        """
        raise BenchError(f"The flash of {self.name} cannot be written from outside.")

    @abstractmethod
    def erase_flash(self) -> None:
        """Erases the data flash. The device must not run."""
