"""Packets that only other firmware of this family sends; this node sends none of them.

Their fields are those of the public RuView firmware (github.com/ruvnet/RuView).
"""

from __future__ import annotations

import dataclasses
import enum
import struct
from collections.abc import Mapping
from typing import Any, ClassVar

from kernels_ref.packets.base import Packet
from kernels_ref.packets.registry import other_shape, packet
from kernels_ref.packets.temporal import TemporalClassification
from kernels_ref.packets.vitals import FusedVitals
from kernels_ref.wire import FLOAT32_MAX, U8, U16, U32, U64, Bytes4, FieldProblem, Tail

EVENT = struct.Struct("<Bf")
MAX_EVENTS = 16


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Events(Packet):
    """Events of a user module on the magic of another packet, `OWNER`.

    `events` holds 1 to 16 pairs of u8 type and f32 value, 5 bytes each; `event_count` is their
    number. The datagram cannot be as long as the owner's packet: it would be taken for that packet,
    so it is not encoded either.
    """

    OWNER: ClassVar[type[Packet]]

    node_id: U8
    module_id: U8
    event_count: U16
    events: Tail

    @classmethod
    def tail_size(cls, raw: Mapping[str, Any]) -> int:
        """Five bytes for each event."""
        count = int(raw["event_count"])
        size = cls._length(count)
        if not 1 <= count <= MAX_EVENTS or size == cls.OWNER.SCHEMA.size:
            owner = cls.OWNER.SCHEMA.layout
            need = f"1 to {MAX_EVENTS}, but not so many that it is as long as {owner.name}"
            raise FieldProblem("event_count", count, need)
        return EVENT.size * count

    @classmethod
    def fits(cls, data: bytes) -> bool:
        """Whether `data` is a header and as many events as it counts."""
        if len(data) < cls.SCHEMA.size:
            return False
        count = cls.SCHEMA.parse(data)["event_count"]
        return 1 <= count <= MAX_EVENTS and len(data) == cls._length(count)

    def check(self) -> None:
        """Demand that every value is finite."""
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

    A classification that is cut to the length of as many events as it has classes would look the
    same, but datagrams are not cut on their way.
    """

    OWNER = TemporalClassification


@other_shape("wasm_output", of=FusedVitals, size=8)
class WasmOutputOnVitals(_Events):
    """The same from older firmware, on the magic of the fused vitals; it never has eight events."""

    OWNER = FusedVitals


class TimeSyncFlags(enum.IntFlag):
    """Bits of `flags` of a time sync: this node's clock leads the mesh; the mesh's time is fresh;
    the mesh's time was smoothed."""

    LEADER = 1
    VALID = 2
    SMOOTHED = 4


STATION_SIZE = 6
STATION_SINCE = 2
MAX_VERSION = 2


@packet("time_sync", magic=0xC511A110, size=32, foreign=True)
class TimeSync(Packet):
    """The time of a node and of the mesh, in microseconds, and the number of the last raw frame.

    One is sent for about every 20 frames. `node_state` and `spare` are 0; later firmware reports
    memory, last reset, temperature and transmit power in them. From version 2 on, the node's 6-byte
    address follows.
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
        """The length of the address, which is there from version 2 on."""
        version = int(raw["version"])
        if not 1 <= version <= MAX_VERSION:
            raise FieldProblem("version", version, f"1 to {MAX_VERSION}")
        return STATION_SIZE if version >= STATION_SINCE else 0
