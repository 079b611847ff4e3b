"""Finds the port of a board by name, USB serial number, USB socket or MAC address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from serial.tools import list_ports  # type: ignore[import-untyped, unused-ignore]

from harness.errors import BenchError

AUTO = "auto"  # what --port says for "the only board attached"


@dataclass(frozen=True)
class WantedPort:
    """What the command line says of the port; a port has to match every part that is given.

    name: a port, a pattern with * ? or [ ], an address, or `auto`. serial_numbers: the port has one
    of these USB serial numbers. location: the USB socket. mac: the chip's own address.
    """

    name: str = ""
    serial_numbers: tuple[str, ...] = ()
    location: str = ""
    mac: str = ""

    @property
    def is_given(self) -> bool:
        """Whether a board is asked for at all."""
        return bool(self.name or self.serial_numbers or self.location or self.mac)

    @property
    def is_one_name(self) -> bool:
        """Whether the name alone says which port it is."""
        is_pattern = "://" not in self.name and any(sign in self.name for sign in "*?[")
        is_name = bool(self.name) and self.name != AUTO and not is_pattern
        return is_name and not (self.serial_numbers or self.location)

    def __str__(self) -> str:
        parts = [
            f"--port {self.name}" if self.name else "",
            f"--port-serial-number {','.join(self.serial_numbers)}" if self.serial_numbers else "",
            f"--port-location {self.location}" if self.location else "",
            f"--port-mac {self.mac}" if self.mac else "",
        ]
        return " ".join(part for part in parts if part)


class PortNotFound(BenchError):
    """No attached port matches, or several do."""

    def __init__(self, wanted: WantedPort, fitting: int, attached: str) -> None:
        what = f"{fitting} attached ports fit" if fitting else "No attached port fits"
        super().__init__(f"{what} {wanted}.", attached)
        self.wanted, self.fitting = wanted, fitting


def find_ports(wanted: WantedPort, attached: Iterable[Any] | None = None) -> list[str]:
    """The ports that match, without opening any; `mac` is not checked.

    attached: as pyserial's `list_ports` tells it, the default. Raises PortNotFound when none fits.
    """
    if wanted.is_one_name:
        return [wanted.name]
    ports = list(list_ports.comports() if attached is None else attached)
    found = sorted(str(port.device) for port in ports if _fits(wanted, port))
    if not found:
        raise PortNotFound(wanted, 0, describe(ports))
    return found


def only_port(
    wanted: WantedPort, found: Sequence[str], attached: Iterable[Any] | None = None
) -> str:
    """The only port in `found`. Raises PortNotFound when there are several."""
    if len(found) == 1:
        return found[0]
    ports = list(list_ports.comports() if attached is None else attached)
    those = [port for port in ports if str(port.device) in found]
    raise PortNotFound(wanted, len(found), describe(those))


def describe(ports: Iterable[Any]) -> str:
    """Lists the attached USB ports in one sentence, and the options that choose one.

    Names change from one plugging to the next; serial numbers and USB sockets stay.
    """
    boards = [port for port in ports if port.vid is not None and port.pid is not None]
    if not boards:
        return "No board is attached to a USB port."
    numbers = [port.serial_number for port in boards]
    ways = ["--port"]
    if all(numbers) and len(set(numbers)) == len(numbers):
        ways.append("--port-serial-number")
    elif any(port.location for port in boards):
        ways.append("--port-location")
    listed = "; ".join(f"{port.device} ({_facts(port)})" for port in boards)
    return f"Attached: {listed}. Choose one with {' or '.join(ways)}."


def _facts(port: Any) -> str:
    facts = [f"USB {port.vid:04x}:{port.pid:04x}"]
    if port.serial_number:
        facts.append(f"serial number {port.serial_number}")
    if port.location:
        facts.append(f"location {port.location}")
    return ", ".join(facts)


def _fits(wanted: WantedPort, port: Any) -> bool:
    if wanted.serial_numbers and port.serial_number not in wanted.serial_numbers:
        return False
    if wanted.location and port.location != wanted.location:
        return False
    if wanted.name and wanted.name != AUTO:
        return fnmatch(str(port.device), wanted.name)
    return port.vid is not None  # a UART of the machine itself is not a board
