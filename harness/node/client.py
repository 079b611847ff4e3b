"""Requests over a connection: ids, limits, and whose fault it is when something breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from harness.connection.base import Connection
from harness.errors import ConnectionLost, NodeCrashed, NodeError, NodeSilent
from harness.node import base85
from harness.node.esp_err import name_of, signed
from harness.node.framing import Reply, request_line
from harness.node.inbox import Boot, Inbox
from harness.node.structs import Hello, HelloRequest, ResetReason, check_protocol
from harness.node.transfer import ID_MASK, SendPolicy, Transfer

HELLO_ID = 0


@dataclass(frozen=True)
class Timing:
    """Waiting times in seconds. They are long, so that a loaded machine is not taken for a fault.

    resend_s: an unanswered line is sent again after this time, then after twice as long, and so on.
    answer_s: a node that has not answered within this time is silent.
    slow_resend_s, slow_answer_s: the same for requests that take the node long.
    boot_s: a boot report must come within this time.
    probe_s: how often to ask whether a boot report was missed; longer than the watchdog takes.
    """

    resend_s: float = 4.0
    answer_s: float = 30.0
    slow_resend_s: float = 30.0
    slow_answer_s: float = 120.0
    boot_s: float = 120.0
    probe_s: float = 6.0


@dataclass(frozen=True)
class Limits:
    """How much the node takes at a time. The defaults hold until it has answered `hello`.

    window: ids that may be open. rx_buffer, max_line, max_payload, arena_bytes: bytes.
    """

    window: int = 1
    rx_buffer: int = 2048
    max_line: int = 2048
    max_payload: int = 1536
    arena_bytes: int = 0


@dataclass
class Counters:
    """How many requests were made, and how many were sent again or made anew."""

    requests: int = 0
    resends: int = 0
    reissues: int = 0


class Client:
    """Sends requests and matches the replies to them."""

    def __init__(self, connection: Connection, inbox: Inbox, timing: Timing) -> None:
        self.connection = connection
        self.inbox = inbox
        self.timing = timing
        self.limits = Limits()
        self.counters = Counters()
        self.next_id = 1
        self._boot_expected = 0
        self._reopened = self._looked_at = connection.reopened
        self._turn = threading.RLock()
        connection.on_bytes = inbox.feed
        connection.on_interrupted = inbox.interrupted
        connection.on_lost = inbox.wake

    def request(self, command: str, timeout: float | None = None) -> bytes:
        """Sends a request without payload and returns that of its reply. Raises NodeError."""
        reply = self.exchange(command, timeout=timeout)
        raise_for_status(command, reply)
        return reply.payload

    def exchange(
        self,
        command: str,
        payload: bytes = b"",
        *,
        slow: bool = False,
        timeout: float | None = None,
        request_id: int | None = None,
    ) -> Reply:
        """Sends one request and returns the reply, with any status. It may have a given id."""
        timing = self.timing
        policy = SendPolicy(
            timing.slow_resend_s if slow else timing.resend_s,
            timeout or (timing.slow_answer_s if slow else timing.answer_s),
            request_id,
        )
        with self._turn:
            reply = Transfer(self, [(command, payload)], policy).run()[0]
            self._look_after_reopening()
            return reply

    def pipeline(
        self,
        requests: Iterable[tuple[str, bytes]],
        on_reply: Callable[[int], None] = lambda _index: None,
    ) -> list[Reply]:
        """Sends many requests, as many at a time as the node takes. Replies are in their order.

        A line that is damaged on its way is executed after later ones. So the requests must not
        depend on their order, or the node must refuse one that comes out of order.
        `on_reply` gets the index of each request when its reply comes.
        """
        policy = SendPolicy(self.timing.resend_s, self.timing.answer_s, on_reply=on_reply)
        with self._turn:
            replies = Transfer(self, requests, policy).run()
            self._look_after_reopening()
            return replies

    def hello(self, timeout: float | None = None) -> Hello:
        """Asks the node for protocol, build and limits, and keeps to the limits from here on."""
        payload = HelloRequest().build()
        reply = self.exchange("hello", payload, timeout=timeout, request_id=HELLO_ID)
        raise_for_status("hello", reply)
        hello = Hello.parse(reply.payload)
        check_protocol(hello.protocol)
        self.limits = Limits(
            window=max(1, hello.reply_cache),
            rx_buffer=hello.rx_buffer,
            max_line=hello.max_line,
            max_payload=hello.max_payload,
            arena_bytes=hello.arena_bytes,
        )
        self.next_id = _after(hello.last_id)
        return hello

    def post(self, command: str, payload: bytes, request_id: int | None = None) -> int:
        """Sends a request without waiting. Returns its id; the reply comes into `inbox.replies`."""
        with self._turn:
            sent_id, line = self.line(command, base85.encode(payload), request_id)
            self.connection.write(line)
            return sent_id

    def line(self, command: str, digits: bytes, request_id: int | None = None) -> tuple[int, bytes]:
        """Gives a request its id, and notes down that a reply is expected.

        digits: the payload in base85.
        """
        with self.inbox.changed:
            used = self.next_id if request_id is None else request_id
            line = request_line(used, command, digits)
            if len(line) > self.limits.max_line:
                size = len(digits) * 4 // 5
                raise ValueError(
                    f"{command}: {size} bytes of payload make a line of {len(line)} bytes; "
                    f"the node takes {self.limits.max_line}"
                )
            if used != HELLO_ID and (used - self.next_id) & ID_MASK < 0x80000000:
                self.next_id = _after(used)
            self.inbox.replies.pop(used, None)
            self.inbox.expected.add(used)
        self.counters.requests += 1
        return used, line

    @contextmanager
    def expecting_boot(self) -> Iterator[None]:
        """Inside, a boot report is not a crash."""
        with self._turn:
            self._boot_expected += 1
            try:
                yield
            finally:
                self._boot_expected -= 1
                self._reopened = self._looked_at = self.connection.reopened

    def _look_after_reopening(self) -> None:
        """After the port was gone: a node that has restarted meanwhile has sent its boot report to
        no one. Asks for it, and raises the error for an unexpected restart."""
        known = self.inbox.boot
        if self._looked_at == self.connection.reopened or self._boot_expected or known is None:
            return
        self._looked_at = self.connection.reopened
        if self.hello().boot_nonce != known.boot_nonce:
            self.inbox.booted(self.request("boot_report"))
        self.check("waiting for the port to come back")

    @property
    def has_news(self) -> bool:
        """Whether the node has crashed or sent nonsense since the last `check`.

        The caller holds `inbox.changed`, and asks this before it looks at replies: after a restart
        they belong to other requests.
        """
        return self._unexpected_boot() is not None or self.inbox.fault is not None

    def check(self, doing: str) -> None:
        """Raises what has gone wrong with node or connection since the last call, once."""
        with self.inbox.changed:
            fault, self.inbox.fault = self.inbox.fault, None
            boot = self._unexpected_boot()
            if boot is not None:
                self.inbox.new_boot = None
        if fault is not None:
            raise fault
        if boot is not None:
            raise self._crash(boot, doing)
        self.connection.check(doing)

    def _unexpected_boot(self) -> Boot | None:
        boot = self.inbox.new_boot
        return None if boot is None or boot.first or self._boot_expected else boot

    def _crash(self, boot: Boot, doing: str) -> Exception:
        reopened, self._reopened = self._reopened, self.connection.reopened
        if self.connection.reopened > reopened and boot.report.reset_reason == ResetReason.POWERON:
            return ConnectionLost(
                self.connection.name,
                "the port vanished and came back, and the board had lost its power",
                "Check cable and hub.",
            )
        reason = boot.report.reset_reason_name
        better = self.connection.explain_restart(reason, doing)
        return better or NodeCrashed(reason, doing, boot.log)

    def silent(self, doing: str, waited_s: float) -> Exception:
        """The error that says most about why the node does not answer."""
        better = self.connection.explain_silence(doing)
        return better or NodeSilent(doing, waited_s, self.inbox.log_tail())


def raise_for_status(command: str, reply: Reply) -> None:
    """Raises NodeError unless the status is ESP_OK."""
    if reply.status:
        detail = reply.payload.decode("utf-8", "replace")
        raise NodeError(signed(reply.status), name_of(reply.status), detail, command)


def _after(request_id: int) -> int:
    return ((request_id + 1) & ID_MASK) or 1
