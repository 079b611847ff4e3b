"""Vital signs: from channel state alone, and fused with a millimetre-wave sensor."""

from __future__ import annotations

import enum
import struct
from collections.abc import Mapping
from typing import Any

from kernels_ref.packets.base import Packet
from kernels_ref.packets.registry import other_shape, packet
from kernels_ref.wire import (
    F32,
    FLOAT32_MAX,
    I8,
    U8,
    U16,
    U32,
    Bytes2,
    FieldProblem,
    Percent,
    Tail,
)


class VitalsFlags(enum.IntFlag):
    """Bits of `flags` of both vitals packets.

    UNKNOWN: there was no channel state for 3 s, so nobody knows; the other bits say nothing then.
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


EVENT = struct.Struct("<Bf")
MAX_EVENTS = 16


@other_shape("wasm_output", of=FusedVitals, size=8)
class WasmOutput(Packet):
    """Events of a user module, which older firmware sends on the magic of the fused vitals.

    `events` holds 1 to 16 pairs of u8 type and f32 value, 5 bytes each, and `event_count` says how
    many. Eight events make a datagram as long as the fused vitals, which it is then taken for;
    such a packet is not encoded either.
    """

    node_id: U8
    module_id: U8
    event_count: U16
    events: Tail

    @classmethod
    def tail_size(cls, raw: Mapping[str, Any]) -> int:
        """Five bytes per event."""
        count = int(raw["event_count"])
        if not 1 <= count <= MAX_EVENTS or cls._length(count) == FusedVitals.SCHEMA.size:
            raise FieldProblem("event_count", count, f"1 to {MAX_EVENTS}, but not 8")
        return EVENT.size * count

    @classmethod
    def fits(cls, data: bytes) -> bool:
        """Header and as many events as it counts."""
        if len(data) < cls.SCHEMA.size:
            return False
        count = cls.SCHEMA.parse(data)["event_count"]
        return 1 <= count <= MAX_EVENTS and len(data) == cls._length(count)

    def check(self) -> None:
        """Every value is finite."""
        for _, value in self.pairs():
            if not abs(value) <= FLOAT32_MAX:
                raise FieldProblem("events", value, "a finite float32")

    def pairs(self) -> list[tuple[int, float]]:
        """The events as (type, value)."""
        return [(kind, value) for kind, value in EVENT.iter_unpack(self.events)]

    @classmethod
    def _length(cls, count: int) -> int:
        return cls.SCHEMA.size + EVENT.size * count
