"""A scripted sensing node: it answers the node's own commands well enough to test the host's
side."""

from __future__ import annotations

import dataclasses
import socket
import zlib

import numpy as np

from harness.node.esp_err import EspErr
from harness.node.structs import Partition, ResetReason, RestoreRequest
from harness.scripted import Commands, Refusal, ScriptedNode
from harness.sensing.node import expected_layouts
from harness.sensing.structs.controller import SwitchRequest
from harness.sensing.structs.settings import (
    Setting,
    SettingInfo,
    SettingKind,
    SettingRequest,
    Settings,
)
from harness.sensing.structs.state import (
    HeadState,
    SensingBootReport,
    SensingRestoreRequest,
    SensingStatus,
    SettingsLost,
    WeightsSource,
)
from harness.sensing.structs.task import ClassifyHeader, PushRequest, PushResult
from harness.sensing.structs.weights import (
    PartitionInfo,
    PartitionRequest,
    WeightsBegin,
    WeightsBeginRequest,
    WeightsChunk,
    WeightsChunkRequest,
    WeightsCommit,
)
from kernels_ref.packets import TemporalFeed

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
        self.target_port = 0
        self.sent_over_network = 0

    def restart(self, reason: ResetReason) -> None:
        super().restart(reason)
        self.target_port = self.sent_over_network = 0

    def boot_report(self) -> SensingBootReport:
        empty = EspErr.ESP_ERR_NOT_FOUND
        return SensingBootReport(
            **vars(super().boot_report()),
            head_state=HeadState.ON,
            weights_source=WeightsSource.EMBEDDED,
            head_error=0,
            self_test_error=0,
            slot_error=(empty, empty),
            weights_crc=0,
            weights_len=0,
            weights_generation=0,
            input_dim=16,
            window_len=256,
            n_classes=4,
            classify_period_ms=1000,
            head_reason="",
            temporal_feed=TemporalFeed.STATE,
            settings_lost=SettingsLost.KEPT,
            max_classes=16,
        )

    def status(self) -> SensingStatus:
        agents = super().status().build()
        zeros = SensingStatus.parse(agents.ljust(SensingStatus.sizeof(), b"\0"))
        return dataclasses.replace(zeros, packets_network=self.sent_over_network)

    def do_restore(self, payload: bytes) -> bytes:
        asked = SensingRestoreRequest.parse(payload)
        self.target_port, self.sent_over_network = asked.target_port, 0
        return super().do_restore(RestoreRequest(asked.clock_mode).build())

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


class ScriptedSensingNode(ScriptedNode):
    """A sensing node that is played by the harness."""

    commands: SensingCommands

    def __init__(self, *, rx_buffer: int = 4096, reply_cache: int = 8) -> None:
        super().__init__(rx_buffer=rx_buffer, reply_cache=reply_cache, commands=SensingCommands)

    def over_network(self, *datagrams: bytes, lost: int = 0) -> None:
        """Datagrams to the port that the last `restore` named; the last `lost` of them get lost."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            for data in datagrams[: len(datagrams) - lost]:
                out.sendto(data, ("127.0.0.1", self.commands.target_port))
        self.commands.sent_over_network += len(datagrams)
