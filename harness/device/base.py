"""A device: one running instance of the firmware, and the power over it.

A device is not its connection: the connection is how to talk, the device is what can be started,
reset and killed. It alone knows how its end is to be judged.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from harness.connection.base import Connection
from harness.errors import BenchError


class Device(ABC):
    """Life and death of what runs the firmware.

    name: as a person knows it. connection: opened by whoever talks, after its callbacks are set;
    nothing that the device says before is lost.
    """

    name: str
    connection: Connection

    @property
    @abstractmethod
    def is_running(self) -> bool:
        """Whether it has power."""

    @abstractmethod
    def start(self) -> None:
        """Switches it on. Harmless when it is. Raises BenchError when it cannot be."""

    @abstractmethod
    def stop(self) -> None:
        """Ends it in an orderly way. Harmless when it has ended.

        Raises DeviceAborted when it had something to say against the firmware at its end.
        """

    @abstractmethod
    def kill(self) -> None:
        """Takes its power away, at whatever it is doing."""

    def power_cycle(self) -> None:
        """Power away, power back; flash survives. A new boot report follows on the connection."""
        wanted = self.connection.is_wanted
        self.kill()
        self.connection.close()
        self.start()
        if wanted:
            self.connection.open()

    @abstractmethod
    def hard_reset(self) -> None:
        """The reset line. A new boot report follows. Raises BenchError where there is none."""

    def write_flash(self, offset: int, data: bytes) -> None:
        """Writes to the flash while the node does not run: before `start`, or it is stopped for it.

        Raises BenchError where the flash cannot be reached from outside.
        """
        raise BenchError(f"The flash of {self.name} cannot be written from outside.")

    @abstractmethod
    def erase_flash(self) -> None:
        """Makes the data flash as new; it must not be running."""
