"""Byte streams to a node: a serial port, a socket, the pipes of a process."""

from __future__ import annotations

from urllib.parse import urlsplit

from harness.connection.base import Connection
from harness.connection.process_pipe import PipeConnection
from harness.connection.serial_port import DEFAULT_BAUD, SerialConnection
from harness.connection.tcp import SocketConnection
from harness.errors import PortMissing

__all__ = [
    "DEFAULT_BAUD",
    "Connection",
    "PipeConnection",
    "SerialConnection",
    "SocketConnection",
    "connect_to",
]


def connect_to(port: str, baud: int = DEFAULT_BAUD, *, reopen_s: float = 10.0) -> Connection:
    """The connection, not yet open, for a port as a user writes it.

    port: COM8, /dev/ttyACM0, or any address that pyserial takes. socket://host:port gets a
    connection of ours, because pyserial reads sockets byte by byte. Raises PortMissing for an
    address of a wrong form.
    """
    if not port.startswith("socket://"):
        return SerialConnection(port, baud, reopen_s=reopen_s)
    try:
        address = urlsplit(port)
        host, number = address.hostname, address.port
    except ValueError as error:
        raise PortMissing(port, str(error), "Write socket://host:port.") from None
    if host is None or number is None:
        raise PortMissing(port, "it has no host or no port number", "Write socket://host:port.")
    return SocketConnection(host, number, reopen_s=reopen_s)
