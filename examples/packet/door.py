"""The structs and calls of the door: a schema that is compared with the C at every start."""

from __future__ import annotations

from typing import Annotated

import construct as cs

from harness.node import Node
from harness.node.schema import U8, U16, U32, U64, WireStruct

DOOR_MAGIC = 0x524F4F44


class DoorState(WireStruct, wire_name="door_state"):
    magic: U32
    time_us: U64
    angle_deg: U16
    is_open: U8
    reserved: Annotated[bytes, cs.Bytes(1)]


class MoveRequest(WireStruct, wire_name="move_req"):
    angle_deg: U16


STRUCTS = (DoorState, MoveRequest)


class DoorNode(Node):
    """A node with the door's own call."""

    def move(self, angle_deg: int) -> DoorState:
        """Moves the door; returns the packet that it sends. Raises NodeError."""
        before = len(self.packet_bytes)
        self.request("move", MoveRequest(angle_deg))
        return DoorState.parse(self.packet_bytes[before])
