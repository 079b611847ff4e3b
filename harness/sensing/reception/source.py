"""Something that can be listened to."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

from harness.errors import BenchError
from harness.sensing.reception.item import Item

_SLICE_S = 0.2  # no wait is longer, so that Ctrl-C works everywhere

Sink = Callable[[Item | Exception], None]
"""Gets what is heard, in order, from the source's own thread; an exception is the last thing."""


class PacketSource(ABC):
    """Delivers items from `start` to `stop`. `name` is what a person calls it."""

    name: str

    @abstractmethod
    def start(self, sink: Sink) -> None:
        """Begins to listen. Raises BenchError when that is not possible."""

    def settle(self) -> None:  # noqa: B027 - most have nothing to do
        """Delivers what has arrived at this machine by now. A console needs nothing for it: what a
        node mirrors comes before the reply to the request that made it."""

    @abstractmethod
    def stop(self) -> None:
        """Ends it; what had arrived has been delivered. Harmless when it has ended."""


def listen(
    sources: Sequence[PacketSource], seconds: float | None, stop: threading.Event | None = None
) -> Iterator[Item]:
    """What comes from all sources together, for so long, until `stop`, or until one of them fails.

    It listens from the call on; what has come until the end is delivered. Raises, at once:
    BenchError when a source cannot be listened to; then: what ended a source, after everything that
    had come before.
    """
    heard: queue.SimpleQueue[Item | Exception] = queue.SimpleQueue()
    with contextlib.ExitStack() as starting:
        for source in sources:
            source.start(heard.put)
            starting.callback(source.stop)
        started = starting.pop_all()
    deadline = None if seconds is None else time.monotonic() + seconds
    return _heard(heard, started, deadline, stop or threading.Event())


def _heard(
    heard: queue.SimpleQueue[Item | Exception],
    started: contextlib.ExitStack,
    deadline: float | None,
    stop: threading.Event,
) -> Iterator[Item]:
    with started:
        while not stop.is_set() and (deadline is None or time.monotonic() < deadline):
            with contextlib.suppress(queue.Empty):
                yield _item(heard.get(timeout=_SLICE_S))
    while not heard.empty():
        yield _item(heard.get())


def _item(heard: Item | Exception) -> Item:
    if isinstance(heard, Exception):
        raise heard
    return heard


class CannotListen(BenchError):
    """A UDP port that cannot be had."""

    def __init__(self, where: str, why: str, is_taken: bool = False) -> None:
        taken, elsewhere = "Is another program listening there?", "Is it this machine's?"
        super().__init__(
            f"UDP port {where} cannot be listened to: {why}.", taken if is_taken else elsewhere
        )
        self.where = where
        self.why = why
