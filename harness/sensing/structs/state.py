"""The sensing node's own part of boot report, status and `restore`: each follows the agent's."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

import construct as cs

from harness.node.schema import U8, U16, U32, U64, array, enum, text
from harness.node.structs import BootReport, RestoreRequest, Status
from harness.sensing.structs.controller import ControllerState
from kernels_ref.packets import TemporalFeed


class HeadState(IntEnum):
    """The temporal head: switched off, running, failed, or not in the image."""

    OFF = 0
    ON = 1
    FAILED = 2
    NOT_BUILT = 3


class WeightsSource(IntEnum):
    """Where the running head's weights came from."""

    NONE = 0
    SLOT_0 = 1
    SLOT_1 = 2
    EMBEDDED = 3


class SettingsLost(IntEnum):
    """What came of the store of settings. ERASED: it was unreadable, and not written anew since.

    DAMAGED: some settings have the value before or their default.
    """

    KEPT = 0
    ERASED = 1
    NO_STORE = 2
    DAMAGED = 3


class SensingStatus(Status, wire_name="node_status"):
    """Counts are since boot or the last restore, cycles in `cycle_unit`."""

    head_state: Annotated[int, enum(HeadState)]
    controller_state: Annotated[int, enum(ControllerState)]
    head_error: U32
    stack_free_temporal: U32
    queue_depth: U16
    queue_capacity: U16
    queue_drops: U32
    drop_log_lines: U32
    frames_pushed: U32
    frames_short: U32
    frames_refused: U32
    classify_count: U32
    classify_errors: U32
    temporal_seq: U32
    feature_seq: U32
    packets_sent: U32
    packets_failed: U32
    packets_network: U32
    push_cycles: U64
    classify_cycles: U64
    classify_cycles_max: U64
    classify_gap_ms: U32


class SensingBootReport(BootReport, wire_name="node_boot"):
    """What the node found of head, weights and settings when it started."""

    head_state: Annotated[int, enum(HeadState)]
    weights_source: Annotated[int, enum(WeightsSource)]
    head_error: U32
    self_test_error: U32
    slot_error: Annotated[tuple[int, ...], array(2, cs.Int32ul)]
    weights_crc: U32
    weights_len: U32
    weights_generation: U32
    input_dim: U32
    window_len: U32
    n_classes: U32
    classify_period_ms: U32
    head_reason: Annotated[str, text(64)]
    temporal_feed: Annotated[int, enum(TemporalFeed)]
    settings_lost: Annotated[int, enum(SettingsLost)]
    max_classes: U8


class SensingRestoreRequest(RestoreRequest, wire_name="node_restore_req"):
    """`target_port`: packets go there until the next boot or restore; 0: to the one in its
    settings."""

    target_port: U16 = 0
