"""A scripted node: speaks the agent's protocol as the firmware does, with faults on demand."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable
from enum import Enum, auto

from harness.node.esp_err import EspErr
from harness.node.framing import Event, Reply, Request, decode_request, encode_event, encode_reply
from harness.node.structs import ResetReason
from harness.scripted.commands import Commands, Refusal

_ID = re.compile(rb"#> ([0-9a-f]{8}) ")


class Fault(Enum):
    """What goes wrong with one request."""

    LOSE_REQUEST = auto()  # it never arrives
    LOSE_REPLY = auto()  # it is executed, the reply never arrives
    DAMAGE_REQUEST = auto()  # it arrives with a wrong CRC
    DAMAGE_REPLY = auto()  # the reply arrives with a wrong CRC
    DOUBLE_REPLY = auto()
    WRONG_ID = auto()  # the reply carries an id that nobody asked with
    LOG_BEFORE = auto()  # log text without a newline stands before the reply
    GARBAGE = auto()  # line noise around the reply
    BY_THE_BYTE = auto()  # the reply arrives in single bytes
    CRASH = auto()  # the node panics instead of answering
    VANISH = auto()  # the connection ends instead


class ScriptedNode:
    """The node's side of the line, without a connection: it takes bytes and sends bytes.

    commands: what it does on each command. send: gets every piece of output.
    executed: id and command of each request that was executed.
    held: while it is set, lines are kept and not executed, as by a busy node.
    """

    def __init__(
        self,
        *,
        rx_buffer: int = 4096,
        reply_cache: int = 8,
        commands: type[Commands] = Commands,
    ) -> None:
        self.commands = commands(rx_buffer=rx_buffer, reply_cache=reply_cache)
        self.send: Callable[[bytes], None] = lambda _data: None
        self.end: Callable[[str], None] = lambda _why: None
        self.executed: list[tuple[int, str]] = []
        self.held = False
        self.peak_lines = 0
        self.peak_bytes = 0
        self.replays = 0
        self._script: dict[str, deque[Fault | None]] = {}
        self._cache: deque[tuple[int, bytes]] = deque(maxlen=reply_cache)
        self._pending = b""
        self._unworked: deque[bytes] = deque()
        self._seq = 0
        self._lock = threading.RLock()

    # ---- what a test does -------------------------------------------------------------------

    def fail(self, command: str, *faults: Fault | None) -> None:
        """Gives the next requests with this command these faults, one each; None: no fault."""
        self._script.setdefault(command, deque()).extend(faults)

    def faults_left(self, command: str) -> int:
        """How many of these faults have not happened yet."""
        return len(self._script.get(command, ()))

    def heal(self) -> None:
        """No more faults."""
        self._script.clear()

    @property
    def unworked(self) -> int:
        """How many lines were received and not executed yet."""
        return len(self._unworked)

    def power_on(self) -> None:
        """Boots for the first time."""
        self.boot(ResetReason.POWERON)

    def boot(self, reason: ResetReason, *, announce: bool = True) -> None:
        """Restarts: new nonce, ids and events from the start, a boot report."""
        with self._lock:
            self.commands.restart(reason)
            self._cache.clear()
            self._pending = b""
            self._unworked.clear()
            self._seq = 0
            self.log("I (1) node: starting")
            if announce:
                self.event("boot", self.commands.boot_report().build())

    def log(self, text: str, end: str = "\n") -> None:
        """Sends log text."""
        self.send((text + end).encode())

    def event(self, name: str, payload: bytes) -> None:
        """Sends the next event."""
        self._seq += 1
        self.send(encode_event(Event(self._seq, name, payload)))

    def skip_events(self, count: int) -> None:
        """Loses the next events on the line."""
        self._seq += count

    def work_off(self, lines: int | None = None) -> None:
        """Executes lines that were received while it was held."""
        with self._lock:
            left = len(self._unworked) if lines is None else lines
            while left and self._unworked:  # a restart forgets the rest
                self._handle(self._unworked.popleft())
                left -= 1

    def receive(self, data: bytes) -> None:
        """Takes bytes from the host."""
        with self._lock:
            self.commands.rx_bytes += len(data)
            *lines, self._pending = (self._pending + data).split(b"\n")
            self._unworked.extend(lines)
            self.peak_lines = max(self.peak_lines, len(self._unworked))
            unworked = sum(len(line) + 1 for line in self._unworked) + len(self._pending)
            self.peak_bytes = max(self.peak_bytes, unworked)
            if not self.held:
                self.work_off()

    # ---- the agent --------------------------------------------------------------------------

    def _handle(self, line: bytes) -> None:
        request = decode_request(line)
        if request is None:
            self._refuse_line(line)
            return
        script = self._script.get(request.command)
        fault = script.popleft() if script else None
        if fault is Fault.LOSE_REQUEST:
            return
        if fault is Fault.DAMAGE_REQUEST:
            self._refuse_line(line[:-1] + (b"0" if line[-1:] != b"0" else b"1"))
            return
        if fault is Fault.CRASH:
            self.log("E (77) node: Guru Meditation Error")
            self.log("Backtrace: 0x80001234 0x80005678")
            self.boot(ResetReason.PANIC)
            return
        if fault is Fault.VANISH:
            self.end("the node vanished")
            return
        answer, after = self._answer(request)
        if fault is not Fault.LOSE_REPLY:
            self._deliver(answer, fault)
        after()

    def _refuse_line(self, line: bytes) -> None:
        match = _ID.match(line)
        if match:
            self.send(
                encode_reply(Reply(int(match[1], 16), EspErr.ESP_ERR_INVALID_CRC, b"bad CRC"))
            )

    def _answer(self, request: Request) -> tuple[bytes, Callable[[], None]]:
        def nothing() -> None:
            pass

        if request.command == "hello":
            return encode_reply(Reply(request.id, 0, self.commands.hello())), nothing
        for known_id, line in self._cache:
            if known_id == request.id:
                self.replays += 1
                return line, nothing
        if request.id == 0 or request.id <= self.commands.last_id:
            stale = Reply(request.id, EspErr.ESP_ERR_INVALID_STATE, b"stale id")
            return encode_reply(stale), nothing
        self.commands.last_id = request.id
        self.executed.append((request.id, request.command))
        reason: list[ResetReason] = []
        try:
            reply = Reply(request.id, 0, self.commands.run(request, reason.append))
        except Refusal as refusal:
            reply = Reply(request.id, refusal.code & 0xFFFFFFFF, refusal.detail.encode())
        line = encode_reply(reply)
        self._cache.append((request.id, line))
        return line, (lambda: self.boot(reason[0])) if reason else nothing

    def _deliver(self, line: bytes, fault: Fault | None) -> None:
        if fault is Fault.DAMAGE_REPLY:
            self.send(line.replace(b"#< 0", b"#< 1", 1))
        elif fault is Fault.DOUBLE_REPLY:
            self.send(line + line)
        elif fault is Fault.WRONG_ID:
            self.send(encode_reply(Reply(0x7FFFFFFF, 0, b"")))
            self.send(line)
        elif fault is Fault.LOG_BEFORE:
            self.send(b"I (5) main: half a " + line)
        elif fault is Fault.GARBAGE:
            self.send(b"\xff\xfe#< \x00\x80 zzz\n\xc3" + line + b"#! 0000")
            self.send(b"\n")
        elif fault is Fault.BY_THE_BYTE:
            for i in range(len(line)):
                self.send(line[i : i + 1])
        else:
            self.send(line)
