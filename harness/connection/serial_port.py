"""A serial port by anything pyserial can open: COM8, /dev/ttyACM0, rfc2217://host:port."""

from __future__ import annotations

import contextlib
from typing import Any

import serial  # type: ignore[import-untyped, unused-ignore]

from harness.connection.base import Connection, StreamEnded, WriteStalled
from harness.errors import PortMissing

DEFAULT_BAUD = 115200
_WRITE_BYTES = 2048
_WAKE_S = 0.5  # how soon a blocked read notices `close` where it cannot be cancelled


class SerialConnection(Connection):
    """`reopen_s`: USB ports vanish while the chip resets and come back under the same name.

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
            )
            port.dtr = False
            port.rts = False
            port.open()
        except (serial.SerialException, OSError, ValueError) as error:
            raise PortMissing(
                self.name, _plain(error), "Is the board plugged in, and no other program using it?"
            ) from None
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


def _plain(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
