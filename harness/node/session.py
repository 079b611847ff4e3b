"""Session: who is there, its state, its clock, its restarts, what it says."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from harness.errors import ProtocolFault
from harness.node.base import NodeApi
from harness.node.console import LogLine
from harness.node.framing import Event, Reply
from harness.node.layout import FieldLayout, StructLayout
from harness.node.schema import take_name
from harness.node.structs import (
    AdvanceRequest,
    BootReport,
    ClockMode,
    Hello,
    KindRequest,
    LayoutField,
    LayoutHeader,
    LayoutRequest,
    NodeTime,
    PanicKind,
    RestoreRequest,
    Status,
)
from harness.node.transfer import SLICE_S

T = TypeVar("T")

_ADVANCE_SLICE_US = 10_000_000


class SessionApi(NodeApi):
    """Everything that is not a kernel, a task or a weight."""

    # ---- who is there -----------------------------------------------------------------------

    def hello(self, timeout: float | None = None) -> Hello:
        """Protocol version, build, limits; ids and window follow it."""
        return self._client.hello(timeout)

    def layout(self) -> list[StructLayout]:
        """Sizes and offsets of every struct the node knows."""
        first = self.request("layout", LayoutRequest(0))
        header, _ = LayoutHeader.parse_prefix(first)
        rest = [LayoutRequest(index).build() for index in range(1, header.total)]
        return [_layout(reply) for reply in (first, *self._ask_all("layout", rest))]

    def status(self) -> Status:
        """Counters, high-water marks, clock."""
        return self._ask(self.status_type, "status")

    def boot_report(self) -> BootReport:
        """Asks for the boot report again; `boot` holds the latest without asking."""
        return self._ask(self.boot_report_type, "boot_report")

    @property
    def boot(self) -> BootReport:
        """The latest boot report. Raises RuntimeError before there is one."""
        boot = self._inbox.boot
        if boot is None:
            raise RuntimeError("no boot report yet: call wait_boot first")
        return boot

    # ---- clock and state --------------------------------------------------------------------

    def restore(self, clock: ClockMode = ClockMode.STEPPED) -> None:
        """Back to the state after boot, without a reset; stepped time starts at 0.

        Raises NodeCrashed when the node has another boot nonce than the last one known.
        """
        known = self._inbox.boot
        hello = self.hello()
        if known is not None and hello.boot_nonce != known.boot_nonce:
            self._inbox.booted(self.request("boot_report"))
            self._client.check("idle since the last request")
        self.request("restore", self.restore_request(clock))
        self._restores, self._restored_boot = self._restores + 1, hello.boot_nonce
        self.clear_packets()

    def restore_request(self, clock: ClockMode) -> RestoreRequest:
        """What `restore` sends; of a firmware that takes more, a struct below this one."""
        return RestoreRequest(clock)

    @property
    def restored(self) -> int:
        """The number of the last `restore`; 0 when the node has restarted since, or there was none:
        what `restore` asks for is not in force then."""
        boot = self._inbox.boot
        is_that = boot is not None and boot.boot_nonce == self._restored_boot
        return self._restores if is_that else 0

    def advance(self, seconds: float = 0, *, ms: int = 0, us: int = 0) -> int:
        """Moves the stepped clock, deadline by deadline; returns the node's time in us.

        A long way goes in slices of 10 s, so that a node at work is not taken for a silent one.
        """
        left = round(seconds * 1_000_000) + ms * 1000 + us
        while True:
            step = min(left, _ADVANCE_SLICE_US)
            now = self._ask(NodeTime, "advance", AdvanceRequest(step), slow=True).now_us
            left -= step
            if left <= 0:
                return now

    # ---- restarts ---------------------------------------------------------------------------

    def wait_boot(
        self,
        timeout: float | None = None,
        after: str = "the start",
        *,
        ask_after: float | None = None,
        give_up: Callable[[], str] = lambda: "",
    ) -> BootReport:
        """The next boot report that has not been taken yet; the node then answers.

        For starts from outside: power, a hardware reset, the first one. Attaches as well to a node
        that has been running all along; for both see `Boots.wait`. Raises BootNotSeen.
        """
        return self._boots.wait(timeout, after, ask_after, give_up)

    def reset(self, timeout: float | None = None) -> BootReport:
        """Restarts the node on request; proven by a new boot nonce, else BootNotSeen."""
        return self._boots.reboot("reset", b"", "a reset on request", timeout)

    def panic(self, kind: PanicKind = PanicKind.ABORT, timeout: float | None = None) -> BootReport:
        """Makes the firmware crash, and waits until it is back."""
        payload = KindRequest(kind).build()
        return self._boots.reboot("panic", payload, f"a panic on request ({kind.name})", timeout)

    def hang(self, irq_off: bool = False, timeout: float | None = None) -> BootReport:
        """Stops the main loop for good, and waits until the watchdog has restarted the node."""
        payload = KindRequest(int(irq_off)).build()
        after = "a hang on request" + (" with interrupts off" if irq_off else "")
        return self._boots.reboot("hang", payload, after, timeout)

    # ---- what it says -----------------------------------------------------------------------

    @property
    def log(self) -> list[LogLine]:
        """The log lines that are kept, oldest first."""
        with self._inbox.changed:
            return list(self._inbox.console.log)

    @property
    def log_seen(self) -> int:
        """Log lines since the start, kept or not."""
        return self._inbox.console.log_seen

    def wait_log(self, text: str, timeout: float | None = None, start: int = 0) -> LogLine:
        """The first kept log line, from index `start` of `log`, that contains the text."""
        return self._wait_for(
            lambda: next((line for line in self.log[start:] if text in line.text), None),
            f"waiting for a log line with {text!r}",
            timeout,
        )

    def starts_anew(self) -> None:
        """The node is about to be restarted or replaced: what it has said so far explains nothing
        that happens from here on. The log is kept."""
        self._inbox.forget_log()

    def tap(self, sink: Callable[[bytes], None]) -> None:
        """Every console byte also goes to `sink`, from the reader thread."""
        self._inbox.console.taps.append(sink)

    def tap_events(self, sink: Callable[[Event], None]) -> None:
        """Every event also goes to `sink`, from the reader thread, until `untap_events`."""
        with self._inbox.changed:
            self._inbox.event_taps.append(sink)

    def untap_events(self, sink: Callable[[Event], None]) -> None:
        """Ends `tap_events`."""
        with self._inbox.changed:
            self._inbox.event_taps.remove(sink)

    @property
    def events_lost(self) -> int:
        """Events whose numbers were skipped since the packets were last forgotten."""
        return self._inbox.events_lost - self._inbox.lost_before

    @property
    def events_lost_ever(self) -> int:
        """Events whose numbers were skipped since this side began to listen."""
        return self._inbox.events_lost

    @property
    def events_repeated(self) -> int:
        """Events whose numbers had been used already, since the packets were last forgotten."""
        return self._inbox.events_repeated - self._inbox.repeated_before

    def take_reply(self, request_id: int, timeout: float | None = None) -> Reply:
        """The reply to a request that was sent with `send_raw`."""

        def take() -> Reply | None:
            for reply in self._inbox.unasked:
                if reply.id == request_id:
                    self._inbox.unasked.remove(reply)
                    return reply
            return None

        return self._wait_for(take, f"waiting for the reply to id {request_id}", timeout)

    def clear_packets(self) -> None:
        """Forgets the packets that have come, and how many were lost."""
        self._inbox.forget_packets()

    def _wait_for(self, look: Callable[[], T | None], doing: str, timeout: float | None) -> T:
        start = time.monotonic()
        bound = timeout or self.timing.answer_s
        while True:
            with self._inbox.changed:
                found = look()
                if found is not None:
                    return found
                left = start + bound - time.monotonic()
                alive = self.connection.is_open and not self._client.has_news
                if left > 0 and alive:
                    self._inbox.changed.wait(min(left, SLICE_S))
                    continue
            self._client.check(doing)
            if left <= 0:
                raise self._client.silent(doing, bound)


def _layout(reply: bytes) -> StructLayout:
    header, rest = LayoutHeader.parse_prefix(reply)
    name, rest = take_name("layout", rest, header.name_len)
    fields = []
    for _ in range(header.n_fields):
        field, rest = LayoutField.parse_prefix(rest)
        field_name, rest = take_name("layout", rest, field.name_len)
        fields.append(FieldLayout(field_name, field.offset, field.size))
    if rest:
        raise ProtocolFault(f"layout of {name}: {len(rest)} bytes too many")
    return StructLayout(name, header.size, tuple(fields))
