"""What every node can be asked: build, layout, status, clock, restarts, log."""

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
    """Asks for build, layout and status, sets the clock, restarts the node, reads its log."""

    # ---- who is there -----------------------------------------------------------------------

    def hello(self, timeout: float | None = None) -> Hello:
        """Asks for protocol, build and limits, and keeps to the limits from here on."""
        return self._client.hello(timeout)

    def layout(self) -> list[StructLayout]:
        """Sizes and offsets of every struct that the node knows."""
        first = self.request("layout", LayoutRequest(0))
        header, _ = LayoutHeader.parse_prefix(first)
        rest = [LayoutRequest(index).build() for index in range(1, header.total)]
        return [_layout(reply) for reply in (first, *self._ask_all("layout", rest))]

    def status(self) -> Status:
        """Asks for counters, high-water marks and clock."""
        return self._ask(self.status_type, "status")

    def boot_report(self) -> BootReport:
        """Asks for the boot report again. `boot` gives the latest without asking."""
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
        """Puts the node into the state after boot, without a reset. Stepped time starts at 0.

        Raises NodeCrashed when the node has restarted since it was last asked.
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
        """What `restore` sends. A firmware that takes more derives a struct from this one."""
        return RestoreRequest(clock)

    @property
    def restored(self) -> int:
        """The number of the last `restore`; 0 when there was none, or the node has restarted since
        and has lost what `restore` set."""
        boot = self._inbox.boot
        is_that = boot is not None and boot.boot_nonce == self._restored_boot
        return self._restores if is_that else 0

    def advance(self, seconds: float = 0, *, ms: int = 0, us: int = 0) -> int:
        """Advances the stepped clock, deadline by deadline. Returns the node's time in us.

        Long times are advanced in slices of 10 s, so that a busy node does not count as silent.
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
        """Waits for a boot report that nobody has taken yet, until the node answers.

        For starts from outside: power, a hardware reset, the first start. Works for a node that
        runs already, too; see `Boots.wait`. Raises BootNotSeen.
        """
        return self._boots.wait(timeout, after, ask_after, give_up)

    def reset(self, timeout: float | None = None) -> BootReport:
        """Restarts the node. Raises BootNotSeen unless a new boot nonce proves it."""
        return self._boots.reboot("reset", b"", "a reset on request", timeout)

    def panic(self, kind: PanicKind = PanicKind.ABORT, timeout: float | None = None) -> BootReport:
        """Makes the firmware crash, and waits until it has restarted."""
        payload = KindRequest(kind).build()
        return self._boots.reboot("panic", payload, f"a panic on request ({kind.name})", timeout)

    def hang(self, irq_off: bool = False, timeout: float | None = None) -> BootReport:
        """Makes the main loop hang, and waits until the watchdog has restarted the node."""
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
        """Waits for the first line of `log`, from index `start` on, that contains the text."""
        return self._wait_for(
            lambda: next((line for line in self.log[start:] if text in line.text), None),
            f"waiting for a log line with {text!r}",
            timeout,
        )

    def starts_anew(self) -> None:
        """To be called before the node is restarted or replaced: keeps what it has logged so far
        out of later error messages. The log is kept."""
        self._inbox.forget_log()

    def tap(self, sink: Callable[[bytes], None]) -> None:
        """Passes every byte of the console to `sink` as well, from the reader thread."""
        self._inbox.console.taps.append(sink)

    def tap_events(self, sink: Callable[[Event], None]) -> None:
        """Passes every event to `sink` as well, from the reader thread, until `untap_events`."""
        with self._inbox.changed:
            self._inbox.event_taps.append(sink)

    def untap_events(self, sink: Callable[[Event], None]) -> None:
        """Ends `tap_events`."""
        with self._inbox.changed:
            self._inbox.event_taps.remove(sink)

    @property
    def events_lost(self) -> int:
        """How many events were lost since `clear_packets`, by their sequence numbers."""
        return self._inbox.events_lost - self._inbox.lost_before

    @property
    def events_lost_ever(self) -> int:
        """How many events were lost since the connection was opened."""
        return self._inbox.events_lost

    @property
    def events_repeated(self) -> int:
        """How many events came with a used sequence number since `clear_packets`."""
        return self._inbox.events_repeated - self._inbox.repeated_before

    def take_reply(self, request_id: int, timeout: float | None = None) -> Reply:
        """Waits for the reply to a request that was sent with `send_raw`."""

        def take() -> Reply | None:
            for reply in self._inbox.unasked:
                if reply.id == request_id:
                    self._inbox.unasked.remove(reply)
                    return reply
            return None

        return self._wait_for(take, f"waiting for the reply to id {request_id}", timeout)

    def clear_packets(self) -> None:
        """Drops the packets that have come, and counts lost events from 0."""
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
