"""The temporal task: start and stop, frames in, logits out."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from harness.node.schema import U16, U32, U64, WireStruct, enum


class TaskAction(IntEnum):
    """HOLD keeps the task from draining its queue until RELEASE."""

    STOP = 0
    START = 1
    HOLD = 2
    RELEASE = 3


class TaskRequest(WireStruct, wire_name="task_req"):
    """The dimensions count for START only."""

    action: Annotated[int, enum(TaskAction)]
    input_dim: U32 = 0
    window_len: U32 = 0
    n_classes: U32 = 0


class PushRequest(WireStruct, wire_name="push_req"):
    """n_frames * frame_len float32 follow."""

    n_frames: U16
    frame_len: U16


class PushResult(WireStruct, wire_name="push"):
    """`last_error` is the esp_err_t of the last rejected frame, 0 when none was."""

    accepted: U16
    rejected: U16
    last_error: U32


class ClassifyHeader(WireStruct, wire_name="classify"):
    """n_classes float32 logits follow. `cycles` in the status's cycle_unit."""

    n_classes: U32
    n_frames: U32
    cycles: U64
