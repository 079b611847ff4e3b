"""The kernel under test: attention, stream, head. Offsets are bytes into the arena."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

import construct as cs

from harness.node.schema import U8, U32, U64, WireStruct, array, enum, nested

MAX_GLOBALS = 16
NO_TOKEN = 0xFFFFFFFF
"""`stream_evict` found nothing to evict."""


class CacheDtype(IntEnum):
    """How a stream's cache stores keys and values."""

    FLOAT32 = 0
    FLOAT16 = 1


class HeadForm(IntEnum):
    """How a head computes: as its shape suggests, with keys and values (direct), or folded."""

    BY_SHAPE = 0
    DIRECT = 1
    FOLDED = 2


class Kernel(IntEnum):
    """Which of the two kernels computes: the fast one, or its twin of plain loops."""

    FAST = 0
    PLAIN = 1


class AttentionConfig(WireStruct, wire_name="attention_config"):
    window: U32
    block_size: U32
    causal: U8
    use_log_stride: U8
    use_landmarks: U8
    n_globals: U8
    global_tokens: Annotated[tuple[int, ...], array(MAX_GLOBALS, cs.Int32ul)]
    kernel: Annotated[int, enum(Kernel)] = Kernel.FAST


class AttentionArrays(WireStruct, wire_name="attention_arrays"):
    """Of q [n, Hq, d], k and v [n, Hkv, d], out [n, Hq, d], all float32."""

    q_offset: U32
    k_offset: U32
    v_offset: U32
    out_offset: U32


class AttentionRequest(WireStruct, wire_name="attention_req"):
    config: Annotated[AttentionConfig, nested(AttentionConfig)]
    n_tokens: U32
    n_q_heads: U32
    n_kv_heads: U32
    head_dim: U32
    arrays: Annotated[AttentionArrays, nested(AttentionArrays)]
    scratch_offset: U32


class AttentionReply(WireStruct, wire_name="attention"):
    edges: U64
    cycles: U64
    scratch_bytes: U32


class StreamOpenRequest(WireStruct, wire_name="stream_open_req"):
    config: Annotated[AttentionConfig, nested(AttentionConfig)]
    capacity: U32
    n_q_heads: U32
    n_kv_heads: U32
    head_dim: U32
    dtype: Annotated[int, enum(CacheDtype)]
    memory_offset: U32


class StreamStepRequest(WireStruct, wire_name="stream_step_req"):
    count: U32
    arrays: Annotated[AttentionArrays, nested(AttentionArrays)]


class StreamStep(WireStruct, wire_name="stream_step"):
    """`error` is the esp_err_t of the step that was refused; `cache_crc` is that of the cache."""

    done: U32
    cache_len: U32
    error: U32
    cache_crc: U32
    cycles: U64


class StreamEvictRequest(WireStruct, wire_name="stream_evict_req"):
    k_offset: U32
    v_offset: U32
    scores_offset: U32


class StreamEvict(WireStruct, wire_name="stream_evict"):
    """`evicted` is NO_TOKEN when none was."""

    evicted: U32
    cache_len: U32
    cache_crc: U32


class Phase(IntEnum):
    """What the head does; the order of the places in Profile."""

    OTHER = 0
    PROJECTION = 1
    CANDIDATES = 2
    SCORES = 3
    WEIGHTS = 4
    SUMS = 5
    LANDMARKS = 6


class Profile(WireStruct, wire_name="profile"):
    """Of the last classification or step; `stack_bytes` is 0 where it is unknown."""

    cycles: Annotated[tuple[int, ...], array(len(Phase), cs.Int64ul)]
    macs: Annotated[tuple[int, ...], array(len(Phase), cs.Int64ul)]
    marks: U32
    stack_bytes: U32


class HeadOpenRequest(WireStruct, wire_name="head_open_req"):
    blob_offset: U32
    blob_len: U32
    input_dim: U32
    window_len: U32
    n_classes: U32
    form: Annotated[int, enum(HeadForm)]
    kernel: Annotated[int, enum(Kernel)] = Kernel.FAST


class HeadOpen(WireStruct, wire_name="head_open"):
    working_set_bytes: U32
    form: Annotated[int, enum(HeadForm)]


class HeadPushRequest(WireStruct, wire_name="head_push_req"):
    frames_offset: U32
    n_frames: U32


class HeadPush(WireStruct, wire_name="head_push"):
    done: U32
    error: U32
    frames_in_ring: U32
    cycles: U64
