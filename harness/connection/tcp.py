"""A TCP stream to a serial server."""

from __future__ import annotations

import contextlib
import socket

from harness.connection.base import Connection, StreamEnded, WriteStalled
from harness.errors import PortMissing

_READ_BYTES = 1 << 16
_CONNECT_S = 5.0


class SocketConnection(Connection):
    """Connects to host:port. With `reopen_s` it connects again after the server has closed."""

    def __init__(self, host: str, port: int, *, reopen_s: float = 0.0) -> None:
        super().__init__(f"socket://{host}:{port}", reopen_s=reopen_s)
        self._address = (host, port)
        self._socket: socket.socket | None = None

    def _open_stream(self) -> None:
        try:
            self._socket = socket.create_connection(self._address, _CONNECT_S)
        except OSError as error:
            raise PortMissing(
                self.name, error.strerror or str(error), "Is the serial server running?"
            ) from None
        self._set_up(self._socket)

    def _set_up(self, stream: socket.socket) -> None:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream.settimeout(self.write_s)  # bounds sendall; a read that times out starts again

    def _close_stream(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def _read(self) -> bytes:
        assert self._socket is not None
        try:
            data = self._socket.recv(_READ_BYTES)
        except TimeoutError:
            return b""
        except OSError as error:
            raise StreamEnded(error.strerror or str(error)) from None
        if not data:
            raise StreamEnded("the other side closed it")
        return data

    def _write(self, data: bytes) -> None:
        assert self._socket is not None
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise WriteStalled from None
        except OSError as error:
            raise StreamEnded(error.strerror or str(error)) from None
