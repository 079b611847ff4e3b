"""Blocks of a pcapng file: sections, the interfaces of each, and the frames that they captured.

Read as the format's draft describes it (IETF opsawg, draft-ietf-opsawg-pcapng).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from harness.sensing.reception.item import CapturedFrame, LostFrame

SECTION = b"\x0a\x0d\x0d\x0a"  # the same in both byte orders

_INTERFACE, _OBSOLETE_PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET = 1, 2, 3, 6
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_AROUND = 12  # bytes of a block beside its body: kind, length, and the length again
_END_OF_OPTIONS, _IF_TSRESOL, _IF_TSOFFSET = 0, 9, 14
_MICROSECONDS = 10**6


class Damaged(Exception):
    """Nothing after this can be read: nobody knows where the next block begins."""


@dataclass(frozen=True)
class _Interface:
    """snap: how many bytes of a frame it keeps at most, 0 for all. units: how many units of its
    timestamps a second has. offset: seconds to add to the timestamps."""

    link: int
    snap: int
    units: int
    offset: int

    def time(self, ticks: int) -> float:
        return self.offset + ticks / self.units


def frames_of(file: BinaryIO) -> Iterator[CapturedFrame | LostFrame]:
    """Every frame, in the file's order. Raises Damaged where the rest cannot be read."""
    order = ""
    interfaces: list[_Interface] = []
    while head := file.read(8):
        if head[:4] == SECTION:
            order, interfaces = _order_of(file), []
        elif not order:
            raise Damaged
        kind, body = _block(file, head, order)
        if kind == _INTERFACE:
            interfaces.append(_interface(body, order))
        elif kind in (_OBSOLETE_PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET):
            yield _frame(kind, body, order, interfaces)


def _order_of(file: BinaryIO) -> str:
    """The byte order of the section that has begun; the file's position stays as it is."""
    order = _ORDERS.get(file.read(4))
    if order is None:
        raise Damaged
    file.seek(-4, 1)
    return order


def _block(file: BinaryIO, head: bytes, order: str) -> tuple[int, bytes]:
    """Kind and body of the block that `head` begins."""
    if len(head) < 8:
        raise Damaged
    kind, length = struct.unpack(order + "II", head)
    if length < _AROUND or length % 4:
        raise Damaged
    rest = file.read(length - len(head))
    if len(rest) < length - len(head) or rest[-4:] != head[4:]:
        raise Damaged
    return kind, rest[:-4]


def _interface(body: bytes, order: str) -> _Interface:
    try:
        link, snap = struct.unpack_from(order + "H2xI", body)
    except struct.error:
        raise Damaged from None  # the numbers of the interfaces are no longer known
    options = dict(_options(body[8:], order))
    resolution, offset = options.get(_IF_TSRESOL, b""), options.get(_IF_TSOFFSET, b"")
    units = _MICROSECONDS
    if len(resolution) == 1:
        power = resolution[0] & 0x7F
        units = 2**power if resolution[0] & 0x80 else 10**power
    seconds = struct.unpack(order + "q", offset)[0] if len(offset) == 8 else 0
    return _Interface(link, snap, units, seconds)


def _options(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Code and value of each option."""
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, at)
        if code == _END_OF_OPTIONS:
            return
        yield code, data[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4


def _frame(
    kind: int, body: bytes, order: str, interfaces: list[_Interface]
) -> CapturedFrame | LostFrame:
    try:
        if kind == _SIMPLE_PACKET:
            (on_the_wire,) = struct.unpack_from(order + "I", body)
            index, data = 0, body[4:]
        else:
            layout = "IIIII" if kind == _ENHANCED_PACKET else "H2xIIII"
            index, high, low, size, on_the_wire = struct.unpack_from(order + layout, body)
            data = body[20 : 20 + size]
            if len(data) < size:
                raise struct.error
    except struct.error:
        return LostFrame("damaged frame: its block is too short")
    if index >= len(interfaces):
        return LostFrame("damaged frame: of an interface that the file does not describe")
    interface = interfaces[index]
    if kind == _SIMPLE_PACKET:  # after the frame there may be padding
        data = data[: min(on_the_wire, interface.snap or on_the_wire)]
        return CapturedFrame(interface.link, data, None)
    return CapturedFrame(interface.link, data, interface.time(high << 32 | low))
