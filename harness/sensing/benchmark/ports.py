"""A serial port with the node of target `host` behind it, for measuring what a line carries.

`paced_port` is as slow as its baud rate says: a pseudo-terminal passes bytes as fast as they come,
and here each byte waits until its stop bit would have been on the line. POSIX only. `served_port`
puts a serial port behind a TCP port: bare bytes for socket://, pyserial's RFC 2217 for rfc2217://.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import serial  # type: ignore[import-untyped, unused-ignore]
from serial import rfc2217

_PIECES_A_SECOND = 1000
_END_S = 5.0
_BITS = 10  # of a byte on the line, with start and stop bit

_READ_BYTES = 4096
_WAKE_S = 0.05


@contextlib.contextmanager
def paced_port(image: Path, baud: int) -> Iterator[str]:
    """The port's name. A node starts now, and ends with the `with` block."""
    import pty
    import tty

    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    process = subprocess.Popen(
        [image], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    )
    assert process.stdin is not None and process.stdout is not None
    ended, end = os.pipe()
    ways = ((ours, process.stdin.fileno()), (process.stdout.fileno(), ours))
    threads = [
        threading.Thread(target=_carry, args=(source, sink, baud / _BITS, ended), daemon=True)
        for source, sink in ways
    ]
    for thread in threads:
        thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        process.kill()
        process.wait()
        os.close(theirs)
        os.close(end)
        for thread in threads:  # the next port may get the same file descriptors
            thread.join(_END_S)
        for number in (ours, ended):
            os.close(number)
        process.stdin.close()
        process.stdout.close()


def _carry(source: int, sink: int, bytes_a_second: float, ended: int) -> None:
    """Passes bytes on, none sooner than the line could carry it, until `ended` can be read."""
    piece = max(1, int(bytes_a_second / _PIECES_A_SECOND))
    free_at = time.perf_counter()
    with contextlib.suppress(OSError):
        while True:
            if not select.select([source], [], [], 0)[0]:  # the line is idle
                if ended in select.select([source, ended], [], [])[0]:
                    return
                free_at = max(free_at, time.perf_counter())
            if not (data := os.read(source, piece)):
                return
            free_at += len(data) / bytes_a_second
            time.sleep(max(0.0, free_at - time.perf_counter()))
            while data:
                data = data[os.write(sink, data) :]


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
            listener.shutdown(socket.SHUT_RDWR)  # closing alone does not wake `accept`
        listener.close()
        thread.join(_END_S)
        line.close()


class _NoControlLines(serial.Serial):  # type: ignore[misc]
    """A serial port without control lines: a pseudo-terminal refuses to set them."""

    cts = dsr = ri = cd = False

    def _update_dtr_state(self) -> None:
        pass

    _update_rts_state = _update_break_state = _update_dtr_state


def _serve(listener: socket.socket, line: Any, scheme: str, ended: threading.Event) -> None:
    with contextlib.suppress(OSError):  # the client is gone, or this end is closed
        peer, _ = listener.accept()
        with peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            into: _Convert = bytes
            out_of: _Convert = bytes
            if scheme == "rfc2217":
                manager = rfc2217.PortManager(line, SimpleNamespace(write=peer.sendall))
                into, out_of = _joined(manager.filter), _joined(manager.escape)
            back = threading.Thread(target=_back, args=(line, peer, out_of, ended), daemon=True)
            back.start()
            while data := peer.recv(_READ_BYTES):
                line.write(into(data))
            ended.set()
            back.join()


def _back(line: Any, peer: socket.socket, out_of: _Convert, ended: threading.Event) -> None:
    with contextlib.suppress(
        OSError, TypeError, AttributeError
    ):  # what pyserial raises when its port is closed
        while not ended.is_set():
            if data := line.read(line.in_waiting or 1):
                peer.sendall(out_of(data))


def _joined(convert: Callable[[bytes], Iterator[bytes]]) -> _Convert:
    return lambda data: b"".join(convert(data))
