"""Packets that only other firmware of this family sends: this node sends none of them.

Their fields are those of the public RuView firmware (github.com/ruvnet/RuView), whose packets the
others are.
"""

from __future__ import annotations

import dataclasses
import enum
import struct
from collections.abc import Mapping
from typing import Any, ClassVar

from kernels_ref.packets.base import Packet
from kernels_ref.packets.registry import foreign_packet, other_shape
from kernels_ref.packets.temporal import TemporalClassification
from kernels_ref.packets.vitals import FusedVitals
from kernels_ref.wire import FLOAT32_MAX, U8, U16, U32, U64, Bytes4, FieldProblem, Tail

EVENT = struct.Struct("<Bf")
MAX_EVENTS = 16


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Events(Packet):
    """Events of a user module on the magic of another packet, `OWNER`.

    `events` holds 1 to 16 pairs of u8 type and f32 value, 5 bytes each, and `event_count` says how
    many. So many that the datagram is as long as the owner's are not possible: it is then taken
    for the owner's, and such a packet is not encoded either.
    """

    OWNER: ClassVar[type[Packet]]

    node_id: U8
    module_id: U8
    event_count: U16
    events: Tail

    @classmethod
    def tail_size(cls, raw: Mapping[str, Any]) -> int:
        """Five bytes per event."""
        count = int(raw["event_count"])
        size = cls._length(count)
        if not 1 <= count <= MAX_EVENTS or size == cls.OWNER.SCHEMA.size:
            owner = cls.OWNER.SCHEMA.layout
            need = f"1 to {MAX_EVENTS}, but not so many that it is as long as {owner.name}"
            raise FieldProblem("event_count", count, need)
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


@other_shape("wasm_output", of=TemporalClassification, size=8)
class WasmOutput(_Events):
    """Events of a user module, on the magic of the temporal classification.

    A classification that was cut to just the length of as many events as it has classes looks the
    same; no datagram is cut on its way.
    """

    OWNER = TemporalClassification


@other_shape("wasm_output", of=FusedVitals, size=8)
class WasmOutputOnVitals(_Events):
    """The same from older firmware, on the magic of the fused vitals; never eight events."""

    OWNER = FusedVitals


class TimeSyncFlags(enum.IntFlag):
    """Bits of `flags` of a time sync: this node's clock is the mesh's; the mesh's time is fresh;
    it was smoothed."""

    LEADER = 1
    VALID = 2
    SMOOTHED = 4


STATION_SIZE = 6
STATION_SINCE = 2
MOST_VERSION = 2


@foreign_packet("time_sync", magic=0xC511A110, size=32)
class TimeSync(Packet):
    """A node's clock beside the mesh's, in microseconds, and the number of its last raw frame.

    One is sent for every 20 frames or so. `node_state` and `spare` are 0, or tell of memory, last
    reset, temperature and transmit power in later firmware. From version 2 on the node's own
    6-byte address follows.
    """

    node_id: U8
    version: U8
    flags: U8
    spare: U8 = 0
    local_us: U64
    mesh_us: U64
    csi_seq: U32
    node_state: Bytes4 = bytes(4)
    station: Tail = b""

    @classmethod
    def tail_size(cls, raw: Mapping[str, Any]) -> int:
        """The address, from version 2 on."""
        version = int(raw["version"])
        if not 1 <= version <= MOST_VERSION:
            raise FieldProblem("version", version, f"1 to {MOST_VERSION}")
        return STATION_SIZE if version >= STATION_SINCE else 0
