"""Keeps what has come from the node for whoever waits for it.

The connection's reader thread fills it; `changed` is notified after every read.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from harness.compare.crc import identify_crc, known_crc
from harness.errors import ProtocolFault, WrongChecksum
from harness.node.console import Console, LogLine
from harness.node.framing import Event, Reply, damaged_message
from harness.node.last_words import last_words
from harness.node.structs import BootReport, check_protocol

LOG_TAIL = 15
"""Log lines that go into an error's message."""

_KEEP_UNASKED = 256
_MOST_SINCE_BOOT = 5000  # log lines in which a crash is looked for


@dataclass(frozen=True)
class Boot:
    """A boot report and the log lines before it (the panic, when there was one).

    first: none was known before, so nothing can have crashed.
    """

    report: BootReport
    log: tuple[str, ...]
    first: bool


class Inbox:
    """Replies, boots, packets, log lines. Take `changed` to read more than one of them.

    expected: ids of requests that wait for a reply; other replies go to `unasked`.
    new_boot: the latest boot, until somebody has taken it.
    events_lost, events_repeated: gaps and repeats in the sequence numbers of events.
    lost_before, repeated_before: what those were when the packets were last forgotten.
    """

    def __init__(
        self,
        keep_log: int | None = None,
        keep_packets: int | None = None,
        boot_report_type: type[BootReport] = BootReport,
    ) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.expected: set[int] = set()
        self.replies: dict[int, Reply] = {}
        self.unasked: deque[Reply] = deque(maxlen=_KEEP_UNASKED)
        self.boot: BootReport | None = None
        self.new_boot: Boot | None = None
        self.packets: deque[bytes] = deque(maxlen=keep_packets)
        self.event_taps: list[Callable[[Event], None]] = []
        self.events_lost = self.lost_before = 0
        self.events_repeated = self.repeated_before = 0
        self.fault: ProtocolFault | WrongChecksum | None = None
        self.console = Console(self._message, self._log_line, keep=keep_log)
        self._boot_report_type = boot_report_type
        self._log_at_boot = 0
        self._understood = False  # at least one message had the right CRC
        self._next_seq: int | None = None

    def feed(self, data: bytes) -> None:
        """Takes bytes from the connection. Waiters are woken for whole lines only."""
        with self.changed:
            self.console.feed(data)
            if b"\n" in data:
                self.changed.notify_all()

    def interrupted(self) -> None:
        """To be called when the stream has broken off: half a line will not be completed."""
        with self.changed:
            self.console.flush()
            self.changed.notify_all()

    def wake(self) -> None:
        """Wakes every waiter."""
        with self.changed:
            self.changed.notify_all()

    def log_tail(self, *, restarted: bool = False) -> tuple[str, ...]:
        """The log lines that say most about what has happened since the last boot report.

        restarted: whether the node has restarted, which these lines are to explain.
        """
        return tuple(last_words(self.log_since_boot(), LOG_TAIL, restarted=restarted))

    def forget_log(self) -> None:
        """Keeps what was logged so far out of later error messages."""
        with self.changed:
            self._log_at_boot = self.console.log_seen

    def log_since_boot(self) -> list[str]:
        """The log lines since the last boot report, as far as they are kept."""
        with self.changed:
            log = self.console.log
            count = min(self.console.log_seen - self._log_at_boot, len(log), _MOST_SINCE_BOOT)
            return [line.text for line in islice(reversed(log), count)][::-1]

    def forget_packets(self) -> None:
        """Drops the packets, and counts lost and repeated events from 0."""
        with self.changed:
            self.packets.clear()
            self.lost_before, self.repeated_before = self.events_lost, self.events_repeated

    def forget(self, request_id: int) -> None:
        """To be called when nobody waits for this reply any more."""
        with self.changed:
            self.expected.discard(request_id)
            self.replies.pop(request_id, None)

    def booted(self, payload: bytes) -> None:
        """Takes a boot report from an event or a reply. One with the known nonce is no new boot.

        Raises ProtocolFault when it cannot be read.
        """
        # The version is the first field in every version, and all may have the same length.
        check_protocol(int.from_bytes(payload[:4], "little"))
        report = self._boot_report_type.parse(payload)
        with self.changed:
            before, self.boot = self.boot, report
            if before is None or before.boot_nonce != report.boot_nonce:
                words = self.log_tail(restarted=before is not None)
                self.new_boot = Boot(report, words, first=before is None)
                self._log_at_boot = self.console.log_seen
            self.changed.notify_all()

    def _log_line(self, line: LogLine) -> None:
        """Notes down when the node computes another CRC, because no line of it can be read then."""
        damaged = None if self._understood or self.fault else damaged_message(line.text.encode())
        if damaged is not None and known_crc(*damaged):
            self.fault = WrongChecksum(
                f"The node's lines cannot be read: {identify_crc(*damaged)}."
            )

    def _message(self, message: Reply | Event) -> None:
        self._understood = True
        if isinstance(message, Reply):
            if message.id in self.expected:
                self.expected.discard(message.id)
                self.replies[message.id] = message
            else:
                self.unasked.append(message)
            return
        for tap in self.event_taps:
            tap(message)
        if message.name == "boot":
            self._next_seq = (message.seq + 1) & 0xFFFFFFFF
            try:
                self.booted(message.payload)
            except ProtocolFault as fault:
                self.fault = fault
        else:
            self._count(message.seq)
            if message.name == "packet":
                self.packets.append(message.payload)

    def _count(self, seq: int) -> None:
        if self._next_seq is not None:
            gap = (seq - self._next_seq) & 0xFFFFFFFF
            if gap >= 0x80000000:
                self.events_repeated += 1
                return
            self.events_lost += gap
        self._next_seq = (seq + 1) & 0xFFFFFFFF
