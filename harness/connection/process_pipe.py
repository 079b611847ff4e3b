"""The standard streams of a process as a byte stream."""

from __future__ import annotations

import contextlib
import os
import queue
import select
import threading
from typing import IO

from harness.connection.base import Connection, StreamEnded, WriteStalled
from harness.errors import ConnectionLost

_READ_BYTES = 1 << 16
_GATHER_S = 0.0002


class PipeConnection(Connection):
    """Reads one pipe and writes another; `attach` gives it the pipes of a new process.

    A pipe that nobody reads from would block its writer for ever. On POSIX the writer waits for the
    pipe with a timeout; elsewhere a thread writes, and the next write waits for the thread.
    """

    can_wait = os.name == "posix"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.gather_s = _GATHER_S
        self._from: IO[bytes] | None = None
        self._to: IO[bytes] | None = None
        self._writer: _WaitingWriter | _ThreadWriter | None = None

    def attach(self, from_process: IO[bytes], to_process: IO[bytes]) -> None:
        """The pipes to use from the next `open` on; they must be unbuffered."""
        self._from, self._to = from_process, to_process

    def _open_stream(self) -> None:
        if self._from is None or self._to is None:
            raise ConnectionLost(self.name, "the process has not been started")
        if self.can_wait:
            self._writer = _WaitingWriter(self._to)
        else:
            self._writer = _ThreadWriter(self._to, self.name)

    def _close_stream(self) -> None:
        """Closes the input of the process, which ends its output and so wakes the reader."""
        if self._writer is not None:
            self._writer.end()

    def _read(self) -> bytes:
        assert self._from is not None
        try:
            data = os.read(self._from.fileno(), _READ_BYTES)
        except (OSError, ValueError) as error:
            raise StreamEnded(str(error)) from None
        if not data:
            raise StreamEnded("the process closed its output")
        return data

    def _write(self, data: bytes) -> None:
        assert self._writer is not None
        self._writer.write(data, self.write_s)


class _WaitingWriter:
    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        os.set_blocking(pipe.fileno(), False)

    def write(self, data: bytes, wait_s: float) -> None:
        view = memoryview(data)
        try:
            while view:
                try:
                    view = view[os.write(self._pipe.fileno(), view) :]
                except BlockingIOError:
                    if not select.select([], [self._pipe], [], wait_s)[1]:
                        raise WriteStalled from None
        except (OSError, ValueError) as error:
            raise StreamEnded(str(error)) from None

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._pipe.close()


class _ThreadWriter:
    def __init__(self, pipe: IO[bytes], name: str) -> None:
        self._pipe = pipe
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._idle = threading.Event()
        self._idle.set()
        self._failed: str | None = None
        self._thread = threading.Thread(target=self._run, name=f"write {name}", daemon=True)
        self._thread.start()

    def write(self, data: bytes, wait_s: float) -> None:
        if not self._idle.wait(wait_s):
            raise WriteStalled
        if self._failed is not None:
            raise StreamEnded(self._failed)
        self._idle.clear()
        self._queue.put(data)

    def end(self) -> None:
        self._queue.put(None)

    def _run(self) -> None:
        while (data := self._queue.get()) is not None:
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(self._pipe.fileno(), view) :]
            except (OSError, ValueError) as error:
                self._failed = str(error)
            self._idle.set()
        with contextlib.suppress(OSError):
            self._pipe.close()
