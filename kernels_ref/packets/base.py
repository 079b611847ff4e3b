"""What every wire structure can do: be read from its bytes and be written again; the errors."""

from __future__ import annotations

import dataclasses
import enum
import zlib
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from kernels_ref.wire import FieldProblem, Schema

CRC_SIZE = 4


class Reason(enum.Enum):
    """Why a datagram was refused."""

    UNKNOWN_MAGIC = "unknown magic"
    SHORT = "short"
    LONG = "long"
    BAD_CRC = "bad CRC"
    BAD_FIELD = "bad field"


@dataclasses.dataclass(eq=False)
class PacketError(Exception):
    """A datagram that no packet of the registry explains, or a packet that cannot be encoded.

    Attributes:
        reason: what is wrong, one of `Reason`.
        offset: byte offset of what is wrong. For SHORT it is where the bytes ended, for LONG where
            the packet ended, for BAD_CRC and BAD_FIELD where the field starts.
        packet: name of the packet the magic stands for, None when the magic is unknown.
        detail: the value that was found and what was expected.
    """

    reason: Reason
    offset: int
    packet: str | None
    detail: str

    def __str__(self) -> str:
        where = f"{self.packet}: " if self.packet else ""
        return f"{where}{self.reason.value} at byte {self.offset}: {self.detail}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Packet:
    """A wire structure. Subclasses are declared with the decorators of `registry`."""

    SCHEMA: ClassVar[Schema]
    LENGTHS: ClassVar[Mapping[str, str]]
    """The fields that hold the length of a tail, with the name of that tail."""
    TRAILER: ClassVar[int] = 0
    """Bytes of a CRC behind the tail; without a tail the CRC is in the fixed part."""

    def __post_init__(self) -> None:
        """Fill in the fields that hold the tail's length."""
        for name, tail in self.LENGTHS.items():
            object.__setattr__(self, name, len(getattr(self, tail)))

    @classmethod
    def tail_size(cls, raw: Mapping[str, Any]) -> int:
        """Bytes after the fixed part, from its unchecked values. Raises FieldProblem."""
        return 0

    @classmethod
    def fits(cls, data: bytes) -> bool:
        """Whether `data` has the length of this packet, which tells packets of one magic apart."""
        return len(data) == cls.SCHEMA.size

    def check(self) -> None:
        """Check the rules that concern several fields. Raises FieldProblem."""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one packet of this type, exactly `data`. Raises PacketError."""
        schema = cls.SCHEMA
        _need(cls, data, schema.size)
        try:
            raw = schema.parse(data)
            total = schema.size + cls.tail_size(raw) + cls.TRAILER
            _need(cls, data, total)
            if len(data) > total:
                detail = f"{len(data)} B, the packet has {total} B"
                raise PacketError(Reason.LONG, total, schema.layout.name, detail)
            if cls._has_crc():
                _check_crc(cls, data)
            values = schema.typed(raw)
            if schema.tail:
                values[schema.tail] = data[schema.size : total - cls.TRAILER]
            given = {name: x for name, x in values.items() if name not in cls.LENGTHS}
            made = cls(**given)
            made.check()
        except FieldProblem as problem:
            raise _bad_field(cls, problem) from None
        return made

    def encode(self) -> bytes:
        """The bytes. Raises PacketError (bad field) for a value that a field cannot hold."""
        schema = self.SCHEMA
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        tail = values[schema.tail] if schema.tail else b""
        try:
            fixed = schema.typed(values) | {"magic": schema.layout.magic, "crc32": 0}
            if len(tail) != self.tail_size(fixed):
                need = f"{self.tail_size(fixed)} B, as the fields before it say"
                raise FieldProblem(schema.tail or "", f"{len(tail)} B", need)
            self.check()
            data = schema.build(fixed) + tail
        except FieldProblem as problem:
            raise _bad_field(type(self), problem) from None
        if not self._has_crc():
            return data
        body = data if self.TRAILER else data[:-CRC_SIZE]
        return body + crc32(body)

    @classmethod
    def _has_crc(cls) -> bool:
        return cls.TRAILER > 0 or cls.SCHEMA.layout.fields[-1].name == "crc32"


def crc32(data: bytes) -> bytes:
    """IEEE 802.3 CRC-32 of `data` as it stands on the wire, 4 bytes little-endian."""
    return zlib.crc32(data).to_bytes(CRC_SIZE, "little")


def _need(cls: type[Packet], data: bytes, size: int) -> None:
    if len(data) < size:
        detail = f"{len(data)} B, at least {size} B are needed"
        raise PacketError(Reason.SHORT, len(data), cls.SCHEMA.layout.name, detail)


def _check_crc(cls: type[Packet], data: bytes) -> None:
    stated, computed = data[-CRC_SIZE:], crc32(data[:-CRC_SIZE])
    if stated != computed:
        detail = f"0x{stated[::-1].hex()}, the bytes before it give 0x{computed[::-1].hex()}"
        offset = len(data) - CRC_SIZE
        raise PacketError(Reason.BAD_CRC, offset, cls.SCHEMA.layout.name, detail)


def _bad_field(cls: type[Packet], problem: FieldProblem) -> PacketError:
    schema = cls.SCHEMA
    offset = schema.offset_of(problem.field)
    return PacketError(Reason.BAD_FIELD, offset, schema.layout.name, str(problem))
