"""A byte stream to a node: what every kind of connection has in common.

One thread reads with blocking calls and hands on what came; nothing polls. A stream that ends is
reopened when its kind can come back (a USB port vanishes while the chip resets), else it is lost.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from harness.errors import BenchError, ConnectionLost, NodeSilent

_REOPEN_PAUSE_S = 0.1
_JOIN_S = 2.0


class StreamEnded(Exception):
    """The stream will not deliver any more; the text says why, without a full stop."""


class WriteStalled(Exception):
    """The other side takes no bytes."""


class Connection(ABC):
    """Bytes to and from a node.

    name: the port, address or process, as a person knows it.
    reopen_s: how long to wait for a vanished port to come back; 0 for a stream that cannot.
    write_s: how long the other side may take no bytes before it counts as silent.
    gather_s: how long to wait after half a line before the next read. An emulated UART delivers
    byte by byte, and reading each one by itself costs more than emulating it.
    baud: the rate of a serial port; 0 where the stream has none.
    on_bytes, on_interrupted, on_lost: called from the reader thread; set them before `open`.
    explain: called when the stream is lost; gets what was being done, and returns an error that
    says more, or None. The device sets it: it knows how its process ended.
    explain_restart, explain_silence: the same for a node that restarts by itself (gets the name of
    the reset reason first) and for a node that does not answer. A board sets them.
    """

    def __init__(self, name: str, *, reopen_s: float = 0.0, write_s: float = 10.0) -> None:
        self.name = name
        self.reopen_s = reopen_s
        self.write_s = write_s
        self.gather_s = 0.0
        self.baud = 0
        self.on_bytes: Callable[[bytes], None] = lambda _data: None
        self.on_interrupted: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] = lambda: None
        self.explain: Callable[[str], Exception | None] = lambda _doing: None
        self.explain_restart: Callable[[str, str], Exception | None] = lambda _why, _doing: None
        self.explain_silence: Callable[[str], Exception | None] = lambda _doing: None
        self.reopened = 0
        self._reader: threading.Thread | None = None
        self._closing = threading.Event()
        self._usable = threading.Event()
        self._lost: BaseException | None = None

    # ---- what a kind of connection supplies -------------------------------------------------

    @abstractmethod
    def _open_stream(self) -> None:
        """Opens the stream. Raises BenchError when it cannot."""

    @abstractmethod
    def _close_stream(self) -> None:
        """Closes it and wakes a blocked `_read`. Called more than once."""

    @abstractmethod
    def _read(self) -> bytes:
        """Waits for bytes and returns all there are, or b"". Raises StreamEnded."""

    @abstractmethod
    def _write(self, data: bytes) -> None:
        """Writes everything. Raises StreamEnded or WriteStalled."""

    # ---- what a user calls ------------------------------------------------------------------

    def open(self) -> None:
        """Opens the stream and starts reading. Raises BenchError when it cannot be opened."""
        if self._reader is not None:
            return
        self._closing.clear()
        self._lost = None
        self._open_stream()
        self._usable.set()
        self._reader = threading.Thread(target=self._run, name=f"read {self.name}", daemon=True)
        self._reader.start()

    def close(self) -> None:
        """Stops reading and closes the stream, unless it is closed."""
        reader, self._reader = self._reader, None
        self._closing.set()
        self._usable.clear()
        self._close_stream()
        if reader is not None and reader is not threading.current_thread():
            reader.join(_JOIN_S)

    @property
    def is_open(self) -> bool:
        """Whether the stream is open and not lost; true also while it waits for a vanished port."""
        return self._reader is not None and self._lost is None

    @property
    def is_wanted(self) -> bool:
        """Whether the stream was opened and not closed; it may be lost."""
        return self._reader is not None

    def write(self, data: bytes) -> None:
        """Writes everything.

        Raises ConnectionLost (or what `explain` knows better) when the stream is gone, NodeSilent
        when the other side took no bytes for `write_s`.
        """
        self._wait_usable()
        try:
            self._write(data)
        except WriteStalled:
            raise NodeSilent(f"taking {len(data)} bytes from {self.name}", self.write_s) from None
        except StreamEnded as error:
            if self.reopen_s == 0:
                raise self.lost("writing", str(error)) from None
            # The reader sees the same end and waits for the port. The bytes are lost; whoever wrote
            # them sends them again, as after any other loss on the line.

    def _wait_usable(self) -> None:
        """Waits for a vanished port as long as the reader does."""
        deadline = time.monotonic() + self.reopen_s + _JOIN_S
        self.check("writing")
        while not self._usable.wait(_REOPEN_PAUSE_S):
            self.check("writing")
            if time.monotonic() > deadline:
                raise self.lost("writing")

    def check(self, doing: str) -> None:
        """Raises when the stream is lost or closed. `doing` becomes part of the message."""
        if not self.is_open:
            raise self.lost(doing)

    def lost(self, doing: str, why: str = "") -> Exception:
        """The error that says most about why there is no stream."""
        cause = self._lost
        if cause is not None and not isinstance(cause, StreamEnded | BenchError):
            raise RuntimeError(f"the reader of {self.name} failed") from cause
        better = self.explain(doing) if self.is_wanted else None
        if better is not None:
            return better
        if isinstance(cause, BenchError):
            return cause
        return ConnectionLost(self.name, why or str(cause or "it is not open"))

    # ---- the reader -------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                try:
                    data = self._read()
                except StreamEnded as error:
                    if self._closing.is_set():
                        return
                    self._usable.clear()
                    self.on_interrupted()
                    if not self._reopen(str(error)):
                        return
                    continue
                if data:
                    self.on_bytes(data)
                    if self.gather_s and not data.endswith(b"\n"):
                        time.sleep(self.gather_s)
        except BaseException as error:  # noqa: BLE001 - a dead reader must not look like a silent node
            self._give_up(error)

    def _reopen(self, why: str) -> bool:
        self._close_stream()
        deadline = time.monotonic() + self.reopen_s
        while time.monotonic() < deadline and not self._closing.wait(_REOPEN_PAUSE_S):
            try:
                self._open_stream()
            except BenchError:
                continue
            self.reopened += 1
            self._usable.set()
            return True
        if not self._closing.is_set():
            if self.reopen_s:
                why += f", and it did not come back in {self.reopen_s:.0f} s"
            self._give_up(StreamEnded(why))
        return False

    def _give_up(self, error: BaseException) -> None:
        self._lost = error
        self._usable.clear()
        self.on_lost()
