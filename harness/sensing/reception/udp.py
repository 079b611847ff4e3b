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
_LEFT_S = 1.0  # for what has come before the end; whoever goes on sending is not waited for
_BUFFER = 4 << 20  # what the system keeps while this side is busy; it may grant less


class UdpSource(PacketSource):
    """Every datagram that arrives at a UDP port of this machine.

    `host` is the address to listen at; `port` 0 takes a free one, `self.port` tells which. The port
    is taken from `start` to `stop`, or from `claim` to `release`: what arrives while nobody listens
    is then thrown away.
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
        self._reading = threading.Lock()  # whoever has it hands datagrams on, in their order

    def claim(self) -> None:
        """Takes the port and keeps it. Raises CannotListen."""
        self._socket = self._bound()
        self._is_claimed = True

    def release(self) -> None:
        """Gives the port back. Harmless when it is not taken."""
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
        """Delivers what the system holds for this port now, whether or not the thread has had its
        turn; no longer than a second, so that a flood ends too."""
        if self._thread is not None and self._socket is not None:
            self._hand_on(self._socket, time.monotonic() + _LEFT_S)

    def stop(self) -> None:
        """Takes what the system still holds for this port first, as `settle` does."""
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
        """Reads the port empty. A port that cannot be read any more ends the source."""
        with self._reading:
            while self._sink is not None:
                try:
                    data, peer = udp.recvfrom(_LARGEST)
                except BlockingIOError:
                    return
                except ConnectionResetError:
                    continue  # Windows: something that was sent from this port was not taken
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
    """What came before anybody listened."""
    end_by = time.monotonic() + _LEFT_S
    with contextlib.suppress(OSError):
        while time.monotonic() < end_by:
            udp.recvfrom(_LARGEST)
