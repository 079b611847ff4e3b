"""The messages between a session under test and this side: lines of JSON on a socket.

The session tells what it has measured and which moment of which test it has come to, and waits for
an answer before it goes on. So a fault happens exactly where it was drawn.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Message = dict[str, Any]
Answer = Callable[[Message], Message | None]
"""Called with a message. Returns the answer, or None when the session waits for none."""


class Channel:
    """Listens on the socket `path`, with one thread for each process of the session."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self.path = path
        self._answer = answer
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), peer, peer.makefile("rb") as lines:
            for line in lines:
                answer = self._answer(json.loads(line))
                if answer is not None:
                    peer.sendall(json.dumps(answer).encode() + b"\n")

    def close(self) -> None:
        """Stops listening."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class ToldBySession:
    """The session's own end."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rb")
        self._turn = threading.RLock()

    def tell(self, **message: Any) -> None:
        """Sends a message that has no answer."""
        with self._turn, contextlib.suppress(OSError):
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def ask(self, **message: Any) -> Message:
        """Sends a message. Returns the answer, which is empty when the other side has ended."""
        with self._turn:
            self.tell(**message)
            with contextlib.suppress(OSError, ValueError):
                return dict(json.loads(self._lines.readline()))
        return {}
