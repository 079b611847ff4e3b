"""The packets of the edge features: the feature vector and the feature state."""

from __future__ import annotations

from kernels_ref.packets.base import Packet
from kernels_ref.packets.registry import packet
from kernels_ref.wire import F32, I64, U8, U16, U64, F32x8, Unit


@packet("feature_vector", magic=0xC5110003, size=48)
class FeatureVector(Packet):
    """Eight features, and their time in microseconds.

    They are presence, motion, breaths a minute / 30, heart beats a minute / 120, coherence,
    persons / 4, whether somebody fell since the last vector, and (RSSI in dBm + 100) / 100.
    """

    node_id: U8
    reserved: U8 = 0
    seq: U16
    timestamp_us: I64
    features: F32x8


@packet("feature_state", magic=0xC5110006, size=60, crc=True)
class FeatureState(Packet):
    """The node's summary of the room, sent on every fast tick.

    `mode` is the capture profile; scores, confidences and the coherence are 0 to 1.
    """

    node_id: U8
    mode: U8
    seq: U16
    ts_us: U64
    motion_score: Unit
    presence_score: Unit
    respiration_bpm: F32
    respiration_conf: Unit
    heartbeat_bpm: F32
    heartbeat_conf: Unit
    anomaly_score: Unit
    env_shift_score: Unit
    node_coherence: Unit
    quality_flags: U16
    reserved: U16 = 0
