"""A serial port by anything pyserial can open: COM8, /dev/ttyACM0, rfc2217://host:port."""

from __future__ import annotations

import contextlib
import errno
import sys
from pathlib import Path
from typing import Any

import serial  # type: ignore[import-untyped, unused-ignore]

from harness.connection.base import Connection, StreamEnded, WriteStalled
from harness.connection.port_users import lock_holder, other_user
from harness.errors import PortMissing

DEFAULT_BAUD = 115200
_WRITE_BYTES = 2048
_WAKE_S = 0.5  # how soon a blocked read notices `close` where it cannot be cancelled


class PortBusy(PortMissing):
    """Another program has the port. Two programs on one port take each other's bytes."""

    def __init__(self, port: str, user: str) -> None:
        whose = f"It is in use by {user}. " if user else ""
        super().__init__(
            port, "another program uses it", f"{whose}End that program, or use another port."
        )
        self.user = user


class SerialConnection(Connection):
    """Keeps other programs off its port where the system has a way to.

    `reopen_s`: USB ports vanish while the chip resets and come back under the same name.

    DTR and RTS stay released on opening: on ESP boards they are the reset and boot-mode lines.
    """

    def __init__(self, port: str, baud: int = DEFAULT_BAUD, *, reopen_s: float = 10.0) -> None:
        super().__init__(port, reopen_s=reopen_s)
        self.baud = baud
        self._port: Any = None

    @property
    def pyserial(self) -> Any:
        """pyserial's object, for its control lines; None before the first `open`."""
        return self._port

    def _open_stream(self) -> None:
        try:
            port = serial.serial_for_url(
                self.name,
                self.baud,
                timeout=_WAKE_S,
                # pyserial's RFC 2217 has none
                write_timeout=None if self.name.startswith("rfc2217:") else self.write_s,
                do_not_open=True,
                # Windows never lets a second program in; Linux has to be asked for it.
                exclusive=True,
            )
            port.dtr = False
            port.rts = False
            port.open()
        except (serial.SerialException, OSError, ValueError) as error:
            raise cannot_open(self.name, error) from None
        if user := other_user(self.name):
            port.close()
            raise PortBusy(self.name, user)
        self._port = port

    def _close_stream(self) -> None:
        if self._port is not None:
            with contextlib.suppress(Exception):
                if hasattr(self._port, "cancel_read"):
                    self._port.cancel_read()
                self._port.close()

    def _read(self) -> bytes:
        try:
            data = self._port.read(1)
            if data:
                data += self._port.read(self._port.in_waiting)
        except (serial.SerialException, OSError, TypeError, AttributeError) as error:
            # pyserial lets TypeError and AttributeError out when the port closes under a read
            raise StreamEnded(_plain(error)) from None
        return bytes(data)

    def _write(self, data: bytes) -> None:
        try:
            # in pieces, so that a slow line is not taken for one that takes no bytes
            for start in range(0, len(data), _WRITE_BYTES):
                self._port.write(data[start : start + _WRITE_BYTES])
        except serial.SerialTimeoutException:
            raise WriteStalled from None
        except (serial.SerialException, OSError, TypeError, AttributeError) as error:
            raise StreamEnded(_plain(error)) from None


def cannot_open(port: str, error: Exception) -> PortMissing:
    """The error for a port that does not open, with its remedy."""
    number = getattr(error, "errno", None)
    if number in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK):
        return PortBusy(port, lock_holder(port) or other_user(port))
    if number in (errno.EACCES, errno.EPERM):
        return PortMissing(port, _plain(error), _how_to_be_let_in(port))
    return PortMissing(
        port, _plain(error), "Is the board plugged in, and no other program using it?"
    )


def _how_to_be_let_in(port: str) -> str:
    """The remedy where access is denied, which on Windows means: by another program."""
    if sys.platform == "win32":
        return "Another program uses it: end that program, or use another port."
    try:
        group = Path(port).group()
    except (NotImplementedError, OSError, KeyError):
        group = "dialout"
    if group == "root":
        return "Only root may open it: see that its group is dialout, by a udev rule."
    return f"Type: sudo usermod -aG {group} $USER and log in again."


def _plain(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
