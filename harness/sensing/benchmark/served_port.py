"""A serial port behind a TCP port: bare bytes for socket://, pyserial's RFC 2217 for rfc2217://."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import serial  # type: ignore[import-untyped, unused-ignore]
from serial import rfc2217

_READ_BYTES = 4096
_WAKE_S = 0.05
_END_S = 5.0

_Convert = Callable[[bytes], bytes]


@contextlib.contextmanager
def served_port(port: str, baud: int, scheme: str) -> Iterator[str]:
    """The address, `scheme`://…, of the serial port; scheme: socket or rfc2217. One client."""
    listener = socket.create_server(("127.0.0.1", 0))
    line = _NoControlLines(port, baud, timeout=_WAKE_S)
    ended = threading.Event()
    thread = threading.Thread(target=_serve, args=(listener, line, scheme, ended), daemon=True)
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # closing alone wakes nobody who waits for a client
        listener.close()
        thread.join(_END_S)
        line.close()


class _NoControlLines(serial.Serial):  # type: ignore[misc]
    """A pseudo-terminal has none, and refuses to set them."""

    cts = dsr = ri = cd = False

    def _update_dtr_state(self) -> None:
        pass

    _update_rts_state = _update_break_state = _update_dtr_state


class _To:
    def __init__(self, peer: socket.socket) -> None:
        self.write = peer.sendall


def _serve(listener: socket.socket, line: Any, scheme: str, ended: threading.Event) -> None:
    with contextlib.suppress(OSError):  # the client is gone, or this end is closed
        peer, _ = listener.accept()
        with peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            into: _Convert = bytes
            out_of: _Convert = bytes
            if scheme == "rfc2217":
                manager = rfc2217.PortManager(line, _To(peer))
                into, out_of = _joined(manager.filter), _joined(manager.escape)
            back = threading.Thread(target=_back, args=(line, peer, out_of, ended), daemon=True)
            back.start()
            while data := peer.recv(_READ_BYTES):
                line.write(into(data))
            ended.set()
            back.join()


def _back(line: Any, peer: socket.socket, out_of: _Convert, ended: threading.Event) -> None:
    with contextlib.suppress(OSError, TypeError, AttributeError):  # pyserial's, when it is closed
        while not ended.is_set():
            if data := line.read(line.in_waiting or 1):
                peer.sendall(out_of(data))


def _joined(convert: Callable[[bytes], Iterator[bytes]]) -> _Convert:
    return lambda data: b"".join(convert(data))
