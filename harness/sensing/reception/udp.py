"""Datagrams from the network."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import threading
import time

from harness.sensing.reception.item import Datagram
from harness.sensing.reception.source import CannotListen, PacketSource, Sink

_LARGEST = 65536
_SLICE_S = 0.2
_LEFT_S = 1.0  # to read what came before the end; nobody waits for a sender that goes on
_BUFFER = 4 << 20  # what the system should keep while this side is busy; it may keep less


class UdpSource(PacketSource):
    """Every datagram that arrives at a UDP port of this machine.

    host: the address to listen at. port: 0 takes a free one, and `self.port` is its number then.
    The port is open from `start` to `stop`, or from `claim` to `release`; what arrives there while
    nobody listens is thrown away.
    """

    def __init__(self, host: str, port: int) -> None:
        self.name = f"udp {port}"
        self.host = host
        self.port = port
        self._is_claimed = False
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._sink: Sink | None = None
        self._ending = threading.Event()
        self._reading = threading.Lock()  # its holder delivers datagrams, in their order

    def claim(self) -> None:
        """Opens the port and keeps it open. Raises CannotListen."""
        self._socket = self._bound()
        self._is_claimed = True

    def release(self) -> None:
        """Closes the port. May be called when it is not open."""
        self._is_claimed = False
        self.stop()

    def start(self, sink: Sink) -> None:
        """Raises CannotListen."""
        udp = self._socket = self._socket or self._bound()
        udp.setblocking(False)
        _drain(udp)
        self._ending.clear()
        self._sink = sink
        self._thread = threading.Thread(
            target=self._run, args=(udp,), name=f"listen {self.name}", daemon=True
        )
        self._thread.start()

    def settle(self) -> None:
        """Delivers what the system holds for this port now, even if the thread has not run. It
        takes a second at most, so that a flood of datagrams ends too."""
        if self._thread is not None and self._socket is not None:
            self._hand_on(self._socket, time.monotonic() + _LEFT_S)

    def stop(self) -> None:
        """First delivers what the system still holds for this port, as `settle` does."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
            self.settle()
            self._thread = None
        if self._socket is not None and not self._is_claimed:
            self._socket.close()
            self._socket = None

    def _bound(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        udp = socket.socket(family, socket.SOCK_DGRAM)
        try:
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            udp.bind((self.host, self.port))
        except OSError as error:
            udp.close()
            is_taken = error.errno == errno.EADDRINUSE
            where = str(self.port) if is_taken else f"{self.port} of {self.host}"
            raise CannotListen(where, error.strerror or str(error), is_taken) from None
        self.port = udp.getsockname()[1]
        self.name = f"udp {self.port}"
        return udp

    def _run(self, udp: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(udp, selectors.EVENT_READ)
            while not self._ending.is_set():
                if selector.select(_SLICE_S):
                    self._hand_on(udp, time.monotonic() + _SLICE_S)

    def _hand_on(self, udp: socket.socket, until: float) -> None:
        """Reads everything from the port. A port that cannot be read any more ends the source."""
        with self._reading:
            while self._sink is not None:
                try:
                    data, peer = udp.recvfrom(_LARGEST)
                except BlockingIOError:
                    return
                except ConnectionResetError:
                    continue  # Windows: a datagram that was sent from this port found no receiver
                except OSError as error:
                    self._ending.set()
                    sink, self._sink = self._sink, None
                    sink(CannotListen(str(self.port), error.strerror or str(error)))
                    return
                sender, port = peer[:2]
                self._sink(Datagram(data, time.time(), self.name, sender=sender, sender_port=port))
                if time.monotonic() > until:
                    return


def _drain(udp: socket.socket) -> None:
    """Throws away what came before anybody listened."""
    end_by = time.monotonic() + _LEFT_S
    with contextlib.suppress(OSError):
        while time.monotonic() < end_by:
            udp.recvfrom(_LARGEST)
