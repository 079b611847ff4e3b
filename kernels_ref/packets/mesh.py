"""The envelope of the messages between the nodes of a mesh, and the health message."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from kernels_ref.packets.base import Packet, PacketError
from kernels_ref.packets.registry import packet, payload
from kernels_ref.wire import I8, U8, U16, U32, U64, Bytes8, FieldProblem, Tail, U8Enum, length_of

VERSION = 1
MAX_PAYLOAD = 256


class MeshType(enum.IntEnum):
    """What an envelope carries."""

    TIME_SYNC = 1
    ROLE_ASSIGN = 2
    CHANNEL_PLAN = 3
    CALIBRATION_START = 4
    FEATURE_DELTA = 5
    HEALTH = 6
    ANOMALY_ALERT = 7


class MeshRole(enum.IntEnum):
    """A node's part in the mesh."""

    UNASSIGNED = 0
    ANCHOR = 1
    OBSERVER = 2
    FUSION_RELAY = 3
    COORDINATOR = 4


class MeshAuth(enum.IntEnum):
    """How an envelope is authenticated."""

    NONE = 0
    HMAC_SESSION = 1
    ED25519_BATCH = 2


WireType: TypeAlias = Annotated[MeshType, U8Enum]
WireRole: TypeAlias = Annotated[MeshRole, U8Enum]
WireAuth: TypeAlias = Annotated[MeshAuth, U8Enum]


@payload("mesh_health", size=28)
class MeshHealth(Packet):
    """A node's state: bandwidth in MHz, noise floor in dBm, times in microseconds."""

    node_id: Bytes8
    local_time_us: U64
    role: WireRole
    channel: U8
    bandwidth_mhz: U8
    noise_floor: I8
    pkt_yield: U16
    sync_error_us: U16
    flags: U16
    reserved: U16 = 0


@packet("mesh_envelope", magic=0xC5118100, size=16, trailing_crc=True)
class MeshEnvelope(Packet):
    """Header, up to 256 bytes of payload, and a CRC over both."""

    version: U8 = VERSION
    type: WireType
    sender_role: WireRole
    auth_class: WireAuth
    epoch: U32
    payload_len: U16 = length_of("payload")
    reserved: U16 = 0
    payload: Tail

    @classmethod
    def tail_size(cls, raw: Mapping[str, Any]) -> int:
        """The payload's length, as the header says."""
        if raw["payload_len"] > MAX_PAYLOAD:
            raise FieldProblem("payload_len", raw["payload_len"], f"at most {MAX_PAYLOAD}")
        return int(raw["payload_len"])

    def check(self) -> None:
        """Demand version 1, and that the payload of a health message is valid."""
        if self.version != VERSION:
            raise FieldProblem("version", self.version, str(VERSION))
        try:
            self.health()
        except PacketError as error:
            need = f"a health message ({error})"
            raise FieldProblem("payload", self.payload.hex(), need) from None

    def health(self) -> MeshHealth | None:
        """The payload of a health message, None for the other types."""
        return MeshHealth.parse(self.payload) if self.type is MeshType.HEALTH else None
