"""Connections to a scripted node: in memory, and on a TCP port."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable

from harness.connection.base import Connection, StreamEnded, WriteStalled
from harness.errors import PortMissing
from harness.scripted import Fault
from harness.sensing.scripted import ScriptedSensingNode
from tests.harness.patience import PATIENCE_S

__all__ = ["FakeConnection", "FakeNode", "FakeServer", "Fault", "wait_until"]


FakeNode = ScriptedSensingNode


class FakeConnection(Connection):
    """A client's connection to a fake node in memory."""

    def __init__(self, node: FakeNode, *, reopen_s: float = 0.0) -> None:
        super().__init__("FAKE7", reopen_s=reopen_s, write_s=1.0)
        self.node = node
        self.gone = threading.Event()
        self.stuck = False
        self._queue: queue.Queue[bytes | StreamEnded] = queue.Queue()
        node.send = self._queue.put
        node.end = self.vanish

    def vanish(self, why: str = "device disconnected") -> None:
        """The port goes away."""
        self.gone.set()
        self._queue.put(StreamEnded(why))

    def come_back(self) -> None:
        """The port is there again."""
        self.gone.clear()

    def _open_stream(self) -> None:
        if self.gone.is_set():
            raise PortMissing(self.name, "no such port")

    def _close_stream(self) -> None:
        self._queue.put(StreamEnded("closed"))

    def _read(self) -> bytes:
        item = self._queue.get()
        if isinstance(item, StreamEnded):
            if str(item) == "closed" and not self._closing.is_set():
                return b""
            raise item
        return item

    def _write(self, data: bytes) -> None:
        if self.gone.is_set():
            raise StreamEnded("device disconnected")
        if self.stuck:
            raise WriteStalled
        self.node.receive(data)


class FakeServer:
    """A fake node behind a TCP port; one client at a time."""

    def __init__(self, node: FakeNode) -> None:
        self.node = node
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._peer: socket.socket | None = None
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self._peer = peer
            self.connections += 1
            self.node.send = peer.sendall
            with contextlib.suppress(OSError):
                while data := peer.recv(65536):
                    self.node.receive(data)
            peer.close()

    def drop(self) -> None:
        """Cuts the client off."""
        if self._peer is not None:
            with contextlib.suppress(OSError):
                self._peer.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Ends the service."""
        self._listener.close()
        self.drop()


def wait_until(condition: Callable[[], bool], timeout: float = PATIENCE_S) -> None:
    """Waits for something another thread does, however busy the machine is."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.002)
