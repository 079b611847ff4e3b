"""The edge features under test, and the codec of compressed CSI. Offsets are bytes of the arena."""

from __future__ import annotations

from typing import Annotated

import construct as cs

from harness.node.schema import F32, U8, U16, U32, U64, WireStruct, array, nested
from kernels_ref.edge.config import TOP
from kernels_ref.wire import I8

F32x2 = array(2, cs.Float32l)
F32x8 = array(TOP, cs.Float32l)


class EdgeFeatures(WireStruct, wire_name="edge_features"):
    """Every feature and every counter after a frame.

    The scores are 0 to 1, motion_energy in (rad/s)², presence_score and its threshold in rad²,
    acceleration (of the phase) in rad/s². top: pairs by falling variance, 0xFFFF for none. frames
    and what follows count since the source began.
    """

    ts_us: U64
    motion: F32
    presence: F32
    respiration_bpm: F32
    respiration_conf: F32
    heartbeat_bpm: F32
    heartbeat_conf: F32
    anomaly: F32
    env_shift: F32
    coherence: F32
    motion_energy: F32
    presence_score: F32
    presence_threshold: F32
    acceleration: F32
    active: U8
    fall: U8
    n_persons: U8
    quality_flags: U16
    top: Annotated[tuple[int, ...], array(TOP, cs.Int16ul)]
    top_variance: Annotated[tuple[float, ...], F32x8]
    vector: Annotated[tuple[float, ...], F32x8]
    frames: U32
    refused: U32
    relinks: U32
    gaps: U32
    falls: U32


class EdgeOpenRequest(WireStruct, wire_name="edge_open_req"):
    rate_hz: F32
    calibration_frames: U32
    fall_threshold: F32
    tier: U8
    phase_mode: U8
    memory_offset: U32


class EdgeOpen(WireStruct, wire_name="edge_open"):
    context_bytes: U32


class EdgeFrame(WireStruct, wire_name="edge_frame"):
    """`iq_len` bytes follow."""

    ts_us: U64
    mac: Annotated[bytes, cs.Bytes(6)]
    channel: U8
    n_antennas: U8
    n_subcarriers: U16
    rssi: I8
    noise_floor: I8
    iq_len: U16


class EdgePushRequest(WireStruct, wire_name="edge_push_req"):
    frames_offset: U32
    n_frames: U32
    out_offset: U32


class EdgePush(WireStruct, wire_name="edge_push"):
    done: U32


class EdgeResult(WireStruct, wire_name="edge_result"):
    """What one frame left: its esp_err_t, the cycles it took, the features after it."""

    error: U32
    cycles: U64
    features: Annotated[EdgeFeatures, nested(EdgeFeatures)]


class EdgeAnglesRequest(WireStruct, wire_name="edge_angles_req"):
    y_offset: U32
    x_offset: U32
    out_offset: U32
    n: U32


class EdgeBandpassRequest(WireStruct, wire_name="edge_bandpass_req"):
    low_hz: F32
    high_hz: F32
    sample_hz: F32


class EdgeBandpass(WireStruct, wire_name="edge_bandpass"):
    """Two sections g (1 - z^-2) / (1 + a1 z^-1 + a2 z^-2), the lower resonance first."""

    g: Annotated[tuple[float, ...], F32x2]
    a1: Annotated[tuple[float, ...], F32x2]
    a2: Annotated[tuple[float, ...], F32x2]


class CsiCompressRequest(WireStruct, wire_name="csi_compress_req"):
    has_prev: U8
    prev_offset: U32
    now_offset: U32
    len: U32
    out_offset: U32
    cap: U32


class CsiCompress(WireStruct, wire_name="csi_compress"):
    out_len: U32


class CsiExpandRequest(WireStruct, wire_name="csi_expand_req"):
    has_prev: U8
    prev_offset: U32
    data_offset: U32
    data_len: U32
    out_offset: U32
    len: U32
