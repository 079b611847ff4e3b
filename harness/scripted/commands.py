"""What the scripted node does on each command: enough of the firmware to test the host's side."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable

import numpy as np

from harness.node.esp_err import EspErr
from harness.node.framing import Request
from harness.node.layout import StructLayout
from harness.node.structs import (
    AdvanceRequest,
    ArenaRequest,
    BootReport,
    ClockMode,
    HeadState,
    Hello,
    LayoutField,
    LayoutHeader,
    LayoutRequest,
    NodeTime,
    Partition,
    ResetReason,
    RestoreRequest,
    Status,
    WeightsSource,
)
from harness.sensing.node import expected_layouts
from harness.sensing.structs import (
    ClassifyHeader,
    PartitionInfo,
    PartitionRequest,
    PushRequest,
    PushResult,
    Setting,
    SettingInfo,
    SettingKind,
    SettingRequest,
    Settings,
    SwitchRequest,
    WeightsBegin,
    WeightsBeginRequest,
    WeightsChunk,
    WeightsChunkRequest,
    WeightsCommit,
)


class Refusal(Exception):
    """The command answers with an error."""

    def __init__(self, code: EspErr, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Commands:
    """The state behind the commands."""

    def __init__(self, *, rx_buffer: int, reply_cache: int) -> None:
        self.rx_buffer, self.reply_cache = rx_buffer, reply_cache
        self.nonce = 0x1000
        self.reason = ResetReason.UNKNOWN
        self.last_id = 0
        self.rx_bytes = 0
        self.protocol = 1
        self.arena = bytearray(65536)
        self.flash = bytearray(b"\xff" * 32768)
        self.layouts: list[StructLayout] = expected_layouts()
        self.uploaded = bytearray()
        self.upload: WeightsBeginRequest | None = None
        self.pushed: list[np.ndarray] = []
        self.now_us = 0
        self.advances: list[int] = []
        self.clock = ClockMode.REAL
        self.refuse_reset = False
        self.start_head = 1
        self.mirrors = 0
        self.target_port = 0
        self.sent_over_network = 0

    def restart(self, reason: ResetReason) -> None:
        self.nonce += 1
        self.reason = reason
        self.last_id = 0
        self.clock = ClockMode.REAL
        self.target_port = self.sent_over_network = 0

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
        return BootReport(
            protocol=1,
            boot_nonce=self.nonce,
            reset_reason=self.reason,
            clock_mode=self.clock,
            head_state=HeadState.ON,
            weights_source=WeightsSource.EMBEDDED,
            head_error=0,
            self_test_error=0,
            slot_error=(0x105, 0x105),
            weights_crc=0,
            weights_len=0,
            weights_generation=0,
            flash_bytes=0,
            heap_bytes=0,
            input_dim=16,
            window_len=256,
            n_classes=4,
            classify_period_ms=1000,
            elf_sha256=bytes(32),
            target="fake",
            chip="none",
            version="1",
            idf_version="",
            head_reason="",
            n_partitions=1,
            temporal_feed=0,
            settings_lost=0,
            max_classes=16,
            partitions=(Partition("weights", 0, len(self.flash)), *[empty] * 7),
        )

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

    def do_status(self, _payload: bytes) -> bytes:
        zeros = Status.parse(bytes(Status.sizeof()))
        return dataclasses.replace(
            zeros, rx_bytes=self.rx_bytes, packets_network=self.sent_over_network
        ).build()

    def do_restore(self, payload: bytes) -> bytes:
        asked = RestoreRequest.parse(payload)
        self.clock = ClockMode(asked.clock_mode)
        self.target_port = asked.target_port
        self.now_us = self.sent_over_network = 0
        return b""

    def do_advance(self, payload: bytes) -> bytes:
        us = AdvanceRequest.parse(payload).us
        self.advances.append(us)
        self.now_us += us
        return NodeTime(self.now_us).build()

    def do_mirror(self, payload: bytes) -> bytes:
        self.mirrors = SwitchRequest.parse(payload).on
        return b""

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

    def do_setting_info(self, _payload: bytes) -> bytes:
        return SettingInfo(1, Setting.START_HEAD, SettingKind.U32, 0, 1, 1, "start_head").build()

    def do_setting(self, payload: bytes) -> bytes:
        self.start_head = SettingRequest.parse(payload).value
        return b""

    def do_settings(self, _payload: bytes) -> bytes:
        zeros = Settings.parse(bytes(Settings.sizeof()))
        return dataclasses.replace(zeros, start_head=self.start_head).build()

    def do_part_info(self, _payload: bytes) -> bytes:
        half = len(self.flash) // 2
        return PartitionInfo(len(self.flash), 4096, (0, half), (half, half), 64).build()

    def do_part_erase(self, payload: bytes) -> bytes:
        request = PartitionRequest.parse(payload)
        self.flash[request.offset : request.offset + request.len] = b"\xff" * request.len
        return b""

    def do_arena_put(self, payload: bytes) -> bytes:
        request, data = ArenaRequest.parse_prefix(payload)
        if request.offset + len(data) > len(self.arena) or len(data) != request.len:
            raise Refusal(EspErr.ESP_ERR_INVALID_SIZE, "beyond the arena")
        self.arena[request.offset : request.offset + len(data)] = data
        return b""

    def do_arena_get(self, payload: bytes) -> bytes:
        request = ArenaRequest.parse(payload)
        return bytes(self.arena[request.offset : request.offset + request.len])

    def do_part_read(self, payload: bytes) -> bytes:
        request = PartitionRequest.parse(payload)
        return bytes(self.flash[request.offset : request.offset + request.len])

    def do_part_write(self, payload: bytes) -> bytes:
        request, data = PartitionRequest.parse_prefix(payload)
        for i, value in enumerate(data):
            self.flash[request.offset + i] &= value
        return b""

    def do_push(self, payload: bytes) -> bytes:
        request, data = PushRequest.parse_prefix(payload)
        frames = np.frombuffer(data, "<f4").reshape(request.n_frames, request.frame_len)
        self.pushed.extend(frames)
        return PushResult(request.n_frames, 0, 0).build()

    def do_classify(self, _payload: bytes) -> bytes:
        return ClassifyHeader(3, 7, 99).build() + np.array([1, 2, 3], "<f4").tobytes()

    def do_weights_begin(self, payload: bytes) -> bytes:
        request = WeightsBeginRequest.parse(payload)
        if request != self.upload:
            self.uploaded.clear()
        self.upload = request
        return WeightsBegin(len(self.uploaded), 1).build()

    def do_weights_chunk(self, payload: bytes) -> bytes:
        request, data = WeightsChunkRequest.parse_prefix(payload)
        known = self.uploaded[request.offset : request.offset + len(data)]
        if request.offset > len(self.uploaded) or known != data[: len(known)]:
            raise Refusal(EspErr.ESP_ERR_INVALID_ARG, f"expected offset {len(self.uploaded)}")
        self.uploaded[request.offset :] = data
        return WeightsChunk(len(self.uploaded)).build()

    def do_weights_commit(self, _payload: bytes) -> bytes:
        assert self.upload is not None
        if len(self.uploaded) != self.upload.total_len:
            raise Refusal(EspErr.ESP_ERR_INVALID_SIZE, "upload not complete")
        if zlib.crc32(self.uploaded[:-4]) != self.upload.crc32:
            raise Refusal(EspErr.ESP_ERR_INVALID_CRC, "blob CRC")
        return WeightsCommit(2, 1).build()
