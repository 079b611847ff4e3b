"""Sends the requests of one call: window, resending, giving up.

A request is executed at most once. The node answers a repeated id from its cache of the last
`reply_cache` ids, so a line may be sent again as long as no id further ahead than that has been
sent. An id that the node calls stale has been passed by later ones and was never executed; the
request is sent under a new id.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from harness.node import base85
from harness.node.esp_err import EspErr, signed
from harness.node.framing import Reply, line_length

if TYPE_CHECKING:
    from harness.node.client import Client

SLICE_S = 0.5
"""No wait is longer, so that Ctrl-C works everywhere."""

ID_MASK = 0xFFFFFFFF

_TOGETHER = 16
"""How many requests are encoded at a time; more gain little."""

_CRC_RESENDS = 4
_REISSUES = 8
_STALE, _BAD_CRC = b"stale id", b"bad CRC"  # the node's words for a line it did not execute


@dataclass
class SendPolicy:
    """Seconds until a line is sent again and until giving up; a fixed id instead of the next."""

    resend_s: float
    answer_s: float
    fixed_id: int | None = None
    on_reply: Callable[[int], None] = field(default=lambda _index: None)


@dataclass(slots=True)
class _Open:
    """A request on its way; `index` is its place among the requests of the call."""

    index: int
    command: str
    digits: bytes  # the payload in base85
    sent: float
    resend_after: float
    resend_at: float = 0.0
    id: int = 0
    line: bytes = b""
    first_place: int = 0  # in the order of sending: of the first line with this id, and the last
    last_place: int = 0
    crc_complaints: int = 0
    reissues: int = 0

    def __post_init__(self) -> None:
        self.resend_at = self.sent + self.resend_after

    @property
    def doing(self) -> str:
        return f"waiting for the reply to {self.command}"


class Transfer:
    """Runs requests, as many at a time as the node takes, and collects the replies in order."""

    def __init__(
        self, client: Client, requests: Iterable[tuple[str, bytes]], policy: SendPolicy
    ) -> None:
        self._client = client
        self._inbox = client.inbox
        self._policy = policy
        self._requests = enumerate(requests)
        self._encoded: deque[tuple[int, str, bytes]] = deque()
        self._replies: dict[int, Reply] = {}
        self._under_way: list[_Open] = []
        self._place = 0

    def run(self) -> list[Reply]:
        """Raises what `Client.check` raises, and NodeSilent."""
        self._encode_some()
        if self._encoded:
            self._client.check(f"asking for {self._encoded[0][1]}")
        try:
            while self._encoded or self._under_way:
                self._send_what_fits()
                self._encode_some()
                self._wait()
                self._take_replies()
                self._resend_or_give_up()
        finally:
            with self._inbox.changed:
                for entry in self._under_way:
                    self._inbox.forget(entry.id)
        return [self._replies[index] for index in range(len(self._replies))]

    def _encode_some(self) -> None:
        """Encodes what the next turn can send, while the node works on what it has."""
        if len(self._encoded) >= self._client.limits.window:
            return
        some = list(islice(self._requests, _TOGETHER))
        digits = base85.encode_each([payload for _, (_, payload) in some])
        for (index, (command, _)), text in zip(some, digits, strict=True):
            self._encoded.append((index, command, text))

    def _send_what_fits(self) -> None:
        """Sends in one piece, because each call of the system wakes the other side."""
        client, now = self._client, time.monotonic()
        # a request that was asked anew is first in the list and has the highest id
        span = max(((client.next_id - entry.id) & ID_MASK for entry in self._under_way), default=0)
        room = client.limits.rx_buffer - sum(len(entry.line) for entry in self._under_way)
        lines = []
        while self._encoded:
            index, command, digits = self._encoded[0]
            fits = span < client.limits.window and line_length(command, len(digits)) <= room
            if self._under_way and not fits:
                break
            self._encoded.popleft()
            entry = _Open(index, command, digits, now, self._policy.resend_s)
            self._number(entry, self._policy.fixed_id)
            self._under_way.append(entry)
            lines.append(entry.line)
            span += 1
            room -= len(entry.line)
        if lines:
            client.connection.write(b"".join(lines))

    def _number(self, entry: _Open, fixed_id: int | None = None) -> None:
        entry.id, entry.line = self._client.line(entry.command, entry.digits, fixed_id)
        self._place += 1
        entry.first_place = entry.last_place = self._place

    def _reissue(self, entry: _Open) -> None:
        self._number(entry)
        self._client.connection.write(entry.line)

    def _resend(self, entry: _Open) -> None:
        with self._inbox.changed:
            self._inbox.expected.add(entry.id)
        self._place += 1
        entry.last_place = self._place
        self._client.counters.resends += 1
        self._client.connection.write(entry.line)

    def _wait(self) -> None:
        """Waits until a reply is there, or it is time to send again or to give up."""
        oldest = self._under_way[0]
        first_sent = min(entry.sent for entry in self._under_way)
        due = min(oldest.resend_at, first_sent + self._policy.answer_s)
        while True:
            with self._inbox.changed:
                news = self._client.has_news
                if not news and any(e.id in self._inbox.replies for e in self._under_way):
                    return
                if not news and self._client.connection.is_open:
                    left = due - time.monotonic()
                    if left <= 0:
                        return
                    self._inbox.changed.wait(min(left, SLICE_S))
                    continue
            self._client.check(oldest.doing)

    def _take_replies(self) -> None:
        with self._inbox.changed:
            there = [entry for entry in self._under_way if entry.id in self._inbox.replies]
            found = [(entry, self._inbox.replies.pop(entry.id)) for entry in there]
        answered = max((entry.first_place for entry, _ in found), default=0)
        for entry, reply in found:
            if self._settles(entry, reply):
                self._under_way.remove(entry)
                self._replies[entry.index] = reply
                self._policy.on_reply(entry.index)
        if found:
            self._resend_lost(answered)

    def _resend_lost(self, answered: int) -> None:
        """Sends lost lines again. The node answers in order, so a line without an answer that was
        sent before an answered one was lost."""
        now = time.monotonic()
        for entry in self._under_way:
            entry.resend_at = now + entry.resend_after
            if entry.last_place < answered:
                self._resend(entry)

    def _settles(self, entry: _Open, reply: Reply) -> bool:
        """Whether the reply answers the request. If it says that the line was lost, sends again."""
        if line_was_damaged(reply) and entry.crc_complaints < _CRC_RESENDS:
            entry.crc_complaints += 1
            self._resend(entry)
            return False
        stale = signed(reply.status) == EspErr.ESP_ERR_INVALID_STATE and reply.payload == _STALE
        if stale and self._policy.fixed_id is None and entry.reissues < _REISSUES:
            entry.reissues += 1
            self._client.counters.reissues += 1
            self._reissue(entry)
            return False
        return True

    def _resend_or_give_up(self) -> None:
        """Sends the oldest line again when it is time, and gives up on a silent node."""
        now = time.monotonic()
        for entry in self._under_way:
            if now >= entry.sent + self._policy.answer_s:
                raise self._client.silent(entry.doing, now - entry.sent)
        if self._under_way and now >= self._under_way[0].resend_at:
            oldest = self._under_way[0]
            oldest.resend_after *= 2
            oldest.resend_at = now + oldest.resend_after
            self._resend(oldest)


def line_was_damaged(reply: Reply) -> bool:
    """Whether the node says that the request came with a wrong CRC and was not executed."""
    return signed(reply.status) == EspErr.ESP_ERR_INVALID_CRC and reply.payload == _BAD_CRC
