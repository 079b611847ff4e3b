"""The edge features under test. Offsets are bytes of the arena."""

from __future__ import annotations

from typing import Annotated

import construct as cs

from harness.node.schema import F32, U8, U16, U32, U64, WireStruct, array, nested
from kernels_ref.edge.config import RATIOS, SLOTS
from kernels_ref.wire import I8

F32x8 = array(8, cs.Float32l)
F32x16 = array(16, cs.Float32l)


class EdgeFeatures(WireStruct, wire_name="edge_features"):
    """Every feature and every counter after a frame.

    The scores are 0 to 1; motion_energy, presence_score and its threshold are pure numbers: change
    of the amplitudes relative to their mean. spectra and what follows count since the source began:
    a frame of `frames` was used, or is in exactly one of late, duplicates, faint, other_basis.
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
    active: U8
    fall: U8
    n_persons: U8
    quality_flags: U16
    vector: Annotated[tuple[float, ...], F32x8]
    spectrum: Annotated[tuple[float, ...], F32x16]
    spectra: U32
    frames: U32
    late: U32
    duplicates: U32
    faint: U32
    other_basis: U32
    refused: U32
    plain: U32
    relinks: U32
    gaps: U32
    falls: U32


class EdgeOpenRequest(WireStruct, wire_name="edge_open_req"):
    calibration_ms: U32
    tier: U8
    spectrum_every: U8
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
    csi_layout: U16 = 0


class EdgePushRequest(WireStruct, wire_name="edge_push_req"):
    frames_offset: U32
    n_frames: U32
    out_offset: U32


class EdgeResult(WireStruct, wire_name="edge_result"):
    """What one frame left: its esp_err_t, the cycles it took, the features after it."""

    error: U32
    cycles: U64
    features: Annotated[EdgeFeatures, nested(EdgeFeatures)]


class EdgeBin(WireStruct, wire_name="edge_bin"):
    """The last complete bin.

    mask: bit s is set where slot s holds a carrier. n: amplitude over the mean amplitude. ratio:
    58 times re, im of z[s + 6] conj(z[s]) over its square.
    """

    mask: U64
    held: U8
    n: Annotated[tuple[float, ...], array(SLOTS, cs.Float32l)]
    ratio: Annotated[tuple[float, ...], array(2 * RATIOS, cs.Float32l)]
