"""What the scripted node does on each command: enough to test the host's side."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from harness.node.esp_err import EspErr
from harness.node.framing import Request
from harness.node.layout import StructLayout
from harness.node.node import agent_layouts
from harness.node.structs import (
    MAX_PARTITIONS,
    PROTOCOL_VERSION,
    AdvanceRequest,
    ArenaRequest,
    BootReport,
    ClockMode,
    Hello,
    LayoutField,
    LayoutHeader,
    LayoutRequest,
    NodeTime,
    Partition,
    ResetReason,
    RestoreRequest,
    Status,
)


class Refusal(Exception):
    """The command answers with an error."""

    def __init__(self, code: EspErr, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Commands:
    """The commands of a scripted node, and their state."""

    def __init__(self, *, rx_buffer: int, reply_cache: int) -> None:
        self.rx_buffer, self.reply_cache = rx_buffer, reply_cache
        self.nonce = 0x1000
        self.reason = ResetReason.UNKNOWN
        self.last_id = 0
        self.rx_bytes = 0
        self.protocol = PROTOCOL_VERSION
        self.arena = bytearray(65536)
        self.layouts: list[StructLayout] = agent_layouts()
        self.now_us = 0
        self.advances: list[int] = []
        self.clock = ClockMode.REAL
        self.refuse_reset = False

    def restart(self, reason: ResetReason) -> None:
        self.nonce += 1
        self.reason = reason
        self.last_id = 0
        self.clock = ClockMode.REAL

    def hello(self) -> bytes:
        return Hello(
            protocol=self.protocol,
            boot_nonce=self.nonce,
            max_line=2048,
            max_payload=1536,
            rx_buffer=self.rx_buffer,
            reply_cache=self.reply_cache,
            clock_mode=self.clock,
            arena_bytes=len(self.arena),
            last_id=self.last_id,
            target="fake",
            version="1",
            elf_sha256=bytes(32),
        ).build()

    def boot_report(self) -> BootReport:
        empty = Partition("", 0, 0)
        flash = self.partitions()
        return BootReport(
            protocol=self.protocol,
            boot_nonce=self.nonce,
            reset_reason=self.reason,
            clock_mode=self.clock,
            flash_bytes=0,
            heap_bytes=0,
            elf_sha256=bytes(32),
            target="fake",
            chip="none",
            version="1",
            idf_version="",
            n_partitions=len(flash),
            partitions=(*flash, *[empty] * (MAX_PARTITIONS - len(flash))),
        )

    def partitions(self) -> tuple[Partition, ...]:
        """What the boot report says of the flash."""
        return ()

    def run(self, request: Request, restart: Callable[[ResetReason], None]) -> bytes:
        """The reply's payload. Raises Refusal."""
        reasons = {
            "reset": ResetReason.SW,
            "panic": ResetReason.PANIC,
            "hang": ResetReason.TASK_WDT,
        }
        if request.command in reasons:
            if self.refuse_reset:
                raise Refusal(EspErr.ESP_ERR_NOT_SUPPORTED, "not on this board")
            restart(reasons[request.command])
            return b""
        handler = getattr(self, f"do_{request.command}", None)
        if handler is None:
            raise Refusal(EspErr.ESP_ERR_NOT_FOUND, f"unknown command {request.command}")
        return bytes(handler(request.payload))

    def do_echo(self, payload: bytes) -> bytes:
        return payload

    def do_refuse(self, payload: bytes) -> bytes:
        code, detail = payload.split(b" ", 1)
        raise Refusal(EspErr(int(code, 16)), detail.decode())

    def do_boot_report(self, _payload: bytes) -> bytes:
        return self.boot_report().build()

    def status(self) -> Status:
        zeros = Status.parse(bytes(Status.sizeof()))
        return dataclasses.replace(zeros, rx_bytes=self.rx_bytes)

    def do_status(self, _payload: bytes) -> bytes:
        return self.status().build()

    def do_restore(self, payload: bytes) -> bytes:
        self.clock = ClockMode(RestoreRequest.parse(payload).clock_mode)
        self.now_us = 0
        return b""

    def do_advance(self, payload: bytes) -> bytes:
        us = AdvanceRequest.parse(payload).us
        self.advances.append(us)
        self.now_us += us
        return NodeTime(self.now_us).build()

    def do_layout(self, payload: bytes) -> bytes:
        index = LayoutRequest.parse(payload).index
        layout = self.layouts[index]
        reply = LayoutHeader(
            len(self.layouts), index, layout.size, len(layout.fields), len(layout.name)
        ).build()
        reply += layout.name.encode()
        for field in layout.fields:
            reply += LayoutField(field.offset, field.size, len(field.name)).build()
            reply += field.name.encode()
        return reply

    def do_arena_put(self, payload: bytes) -> bytes:
        request, data = ArenaRequest.parse_prefix(payload)
        if request.offset + len(data) > len(self.arena) or len(data) != request.len:
            raise Refusal(EspErr.ESP_ERR_INVALID_SIZE, "beyond the arena")
        self.arena[request.offset : request.offset + len(data)] = data
        return b""

    def do_arena_get(self, payload: bytes) -> bytes:
        request = ArenaRequest.parse(payload)
        return bytes(self.arena[request.offset : request.offset + request.len])
