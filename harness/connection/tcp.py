"""A TCP stream: to a serial server, or from an emulator that connects to us."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable

from harness.connection.base import Connection, StreamEnded, WriteStalled
from harness.errors import ConnectionLost, PortMissing

_READ_BYTES = 1 << 16
_CONNECT_S = 5.0
_ACCEPT_S = 20.0
_ACCEPT_SLICE_S = 0.1


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


class ListeningConnection(SocketConnection):
    """Listens on a free port of this machine for one peer, which is told `port`.

    The port is bound and never given up, so that no other program can take it, and the peer's
    first byte waits in the socket until it is read.
    """

    def __init__(self, name: str) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        self.port: int = self._listener.getsockname()[1]
        super().__init__("127.0.0.1", self.port)
        self.name = name
        self.peer_alive: Callable[[], bool] = lambda: True

    def _open_stream(self) -> None:
        """Waits for the peer as long as `peer_alive` says there is one, but not for ever."""
        self._listener.settimeout(_ACCEPT_SLICE_S)
        deadline = time.monotonic() + _ACCEPT_S
        while True:
            try:
                self._socket, _ = self._listener.accept()
            except TimeoutError:
                if not self.peer_alive():
                    raise ConnectionLost(self.name, "it ended before it connected") from None
                if time.monotonic() > deadline:
                    why = f"it did not connect in {_ACCEPT_S:.0f} s after its start"
                    raise ConnectionLost(self.name, why) from None
            else:
                break
        self._set_up(self._socket)

    def dispose(self) -> None:
        """Closes for good; the port is free again."""
        self.close()
        self._listener.close()
