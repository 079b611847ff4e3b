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
"""Is called with what is heard, in order, in the source's own thread; an exception comes last."""


class PacketSource(ABC):
    """Delivers items between `start` and `stop`. name: for a person."""

    name: str

    @abstractmethod
    def start(self, sink: Sink) -> None:
        """Begins to listen. Raises BenchError when that is not possible."""

    def settle(self) -> None:  # noqa: B027 - most have nothing to do
        """Delivers what has arrived at this machine by now. A console has nothing to do: what a
        node mirrors comes before the reply to the request that caused it."""

    @abstractmethod
    def stop(self) -> None:
        """Stops listening; everything that arrived has been delivered then. May be called twice."""


def listen(
    sources: Sequence[PacketSource], seconds: float | None, stop: threading.Event | None = None
) -> Iterator[Item]:
    """What comes from all sources, until `seconds` are over, `stop` is set, or a source fails.

    Listening begins with the call, and everything that came until the end is delivered. The call
    raises BenchError when a source cannot be listened to. The iterator raises what ended a source,
    after everything that came before.
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
    """The UDP port cannot be opened."""

    def __init__(self, where: str, why: str, is_taken: bool = False) -> None:
        taken, elsewhere = "Is another program listening there?", "Is it this machine's?"
        super().__init__(
            f"UDP port {where} cannot be listened to: {why}.", taken if is_taken else elsewhere
        )
        self.where = where
        self.why = why
