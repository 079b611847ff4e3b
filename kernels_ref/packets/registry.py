"""The packet registry: each magic has one packet; a second one is refused at import."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TypeVar, dataclass_transform

from kernels_ref.packets.base import CRC_SIZE, Packet, PacketError, Reason
from kernels_ref.wire import Layout, Schema, length_of

MAGIC_SIZE = 4
FAMILY = 0xC511
"""The upper half of the magics of this node, and of related firmware."""

PacketT = TypeVar("PacketT", bound=Packet)

_layouts: dict[str, Layout] = {}
_shapes: dict[int, list[type[Packet]]] = {}
_foreign: set[int] = set()


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(length_of,))
def packet(
    name: str,
    *,
    magic: int,
    size: int,
    crc: bool = False,
    trailing_crc: bool = False,
    foreign: bool = False,
) -> Callable[[type[PacketT]], type[PacketT]]:
    """Class decorator: a packet with a magic of its own.

    Args:
        name: name of the structure, the same in C.
        magic: its first four bytes, unique.
        size: bytes of the fixed part, checked against what the fields add up to.
        crc: the fixed part ends in a CRC over everything before it.
        trailing_crc: the CRC comes behind the tail instead.
        foreign: only other firmware sends it; then it is not part of `layouts()`.

    Raises:
        TypeError: when the magic or the name is taken, or the size does not add up.
    """

    def declare(cls: type[PacketT]) -> type[PacketT]:
        if magic in _shapes:
            owner = _shapes[magic][0].SCHEMA.layout.name
            raise TypeError(f"magic 0x{magic:08X} of {name} is already taken by {owner}")
        made = _dataclass_with_schema(cls, name, size, magic, crc)
        made.TRAILER = CRC_SIZE if trailing_crc else 0
        if foreign:
            _foreign.add(magic)
        else:
            _enter(made.SCHEMA.layout)
        _shapes[magic] = [made]
        return made

    return declare


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(length_of,))
def payload(name: str, *, size: int) -> Callable[[type[PacketT]], type[PacketT]]:
    """Class decorator: a structure without a magic, carried inside a packet."""

    def declare(cls: type[PacketT]) -> type[PacketT]:
        made = _dataclass_with_schema(cls, name, size, magic=None, crc=False)
        _enter(made.SCHEMA.layout)
        return made

    return declare


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(length_of,))
def other_shape(
    name: str, *, of: type[Packet], size: int
) -> Callable[[type[PacketT]], type[PacketT]]:
    """Class decorator: a foreign packet that has been sent on the magic of `of`.

    `Packet.fits` tells the shapes apart by their length; the owner of the magic is tried first. The
    node does not send the structure, so it is not part of `layouts()`.
    """

    def declare(cls: type[PacketT]) -> type[PacketT]:
        magic = of.SCHEMA.layout.magic
        if magic is None:
            raise TypeError(f"{of.SCHEMA.layout.name} has no magic that {name} could be sent on")
        made = _dataclass_with_schema(cls, name, size, magic, crc=False)
        _shapes[magic].append(made)
        return made

    return declare


def decode(data: bytes) -> Packet:
    """Decode one datagram into exactly one typed packet.

    Raises:
        PacketError: when it is none; nothing else, whatever the bytes.
    """
    data = bytes(data)
    if len(data) < MAGIC_SIZE:
        raise PacketError(Reason.SHORT, len(data), None, f"{len(data)} B, a magic has 4 B")
    magic = int.from_bytes(data[:MAGIC_SIZE], "little")
    shapes = _shapes.get(magic)
    if shapes is None:
        raise PacketError(Reason.UNKNOWN_MAGIC, 0, None, _unknown(magic))
    shape = next((shape for shape in shapes[1:] if shape.fits(data)), shapes[0])
    return (shapes[0] if shapes[0].fits(data) else shape).parse(data)


def _unknown(magic: int) -> str:
    detail = f"0x{magic:08X} is no packet's magic"
    if magic >> 16 == FAMILY:
        detail += "; it is of this family, another firmware's"
    return detail


def layouts() -> list[Layout]:
    """Name, magic, size and fields of every fixed-size structure that the node sends."""
    return sorted(_layouts.values(), key=lambda layout: (layout.magic is None, layout.magic))


def magics(*, foreign: bool) -> dict[int, str]:
    """Every magic that the node, or that only other firmware sends on, with its packet's name."""
    return {
        magic: shapes[0].SCHEMA.layout.name
        for magic, shapes in _shapes.items()
        if (magic in _foreign) == foreign
    }


def _enter(layout: Layout) -> None:
    if layout.name in _layouts:
        raise TypeError(f"a structure named {layout.name} is already declared")
    _layouts[layout.name] = layout


def _dataclass_with_schema(
    cls: type[PacketT], name: str, size: int, magic: int | None, crc: bool
) -> type[PacketT]:
    made = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
    made.SCHEMA = Schema(made, name, size, magic, crc)
    fields = dataclasses.fields(made)
    made.LENGTHS = {f.name: f.metadata["length_of"] for f in fields if "length_of" in f.metadata}
    return made
