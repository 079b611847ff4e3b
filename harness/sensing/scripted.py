"""What a scripted node does on the sensing node's own commands: enough to test the host's side."""

from __future__ import annotations

import dataclasses
import zlib

import numpy as np

from harness.node.esp_err import EspErr
from harness.node.structs import Partition
from harness.scripted import Commands, Refusal
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

_FLASH = 32768


class SensingCommands(Commands):
    """The agent's commands and these. flash: the weights partition."""

    def __init__(self, *, rx_buffer: int, reply_cache: int) -> None:
        super().__init__(rx_buffer=rx_buffer, reply_cache=reply_cache)
        self.layouts = expected_layouts()
        self.flash = bytearray(b"\xff" * _FLASH)
        self.uploaded = bytearray()
        self.upload: WeightsBeginRequest | None = None
        self.pushed: list[np.ndarray] = []
        self.start_head = 1
        self.mirrors = 0

    def partitions(self) -> tuple[Partition, ...]:
        return (Partition("weights", 0, len(self.flash)),)

    def do_mirror(self, payload: bytes) -> bytes:
        self.mirrors = SwitchRequest.parse(payload).on
        return b""

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
