"""Vital signs: from channel state alone, and fused with a millimetre-wave sensor."""

from __future__ import annotations

import enum

from kernels_ref.packets.base import Packet
from kernels_ref.packets.registry import packet
from kernels_ref.wire import F32, I8, U8, U16, U32, Bytes2, Percent


class VitalsFlags(enum.IntFlag):
    """Bits of `flags` of both vitals packets.

    UNKNOWN: no channel state came for 3 s, so nothing is known; the other bits mean nothing then.
    """

    PRESENCE = 1
    FALL = 2
    MOTION = 4
    MMWAVE = 8
    UNKNOWN = 128


@packet("edge_vitals", magic=0xC5110002, size=32)
class EdgeVitals(Packet):
    """Vital signs from channel state. Breathing is in BPM * 100, heart rate in BPM * 10000."""

    node_id: U8
    flags: U8
    breathing_bpm_x100: U16
    heart_bpm_x10000: U32
    rssi: I8
    n_persons: U8
    reserved: Bytes2 = bytes(2)
    motion_energy: F32
    presence_score: F32
    timestamp_ms: U32
    reserved2: U32 = 0


@packet("fused_vitals", magic=0xC5110004, size=48)
class FusedVitals(Packet):
    """Vital signs fused with a second sensor's; confidences 0 to 100, distance in cm."""

    node_id: U8
    flags: U8
    breathing_bpm_x100: U16
    heart_bpm_x10000: U32
    rssi: I8
    n_persons: U8
    mmwave_type: U8
    fusion_confidence: Percent
    motion_energy: F32
    presence_score: F32
    timestamp_ms: U32
    mmwave_hr_bpm: F32
    mmwave_br_bpm: F32
    mmwave_distance_cm: F32
    mmwave_targets: U8
    mmwave_confidence: Percent
    reserved: U16 = 0
    reserved2: U32 = 0
