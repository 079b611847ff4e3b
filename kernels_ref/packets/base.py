"""What every wire structure can do: be read from exactly its bytes, and be written again."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from kernels_ref.packets.errors import PacketError, Reason
from kernels_ref.wire import FieldProblem, Schema

CRC_SIZE = 4


@dataclasses.dataclass(frozen=True, kw_only=True)
class Packet:
    """A wire structure. Subclasses are declared with the decorators of `registry`."""

    SCHEMA: ClassVar[Schema]
    TRAILER: ClassVar[int] = 0
    """Bytes of CRC behind the tail; the CRC of a packet without a tail is in its fixed part."""

    def __post_init__(self) -> None:
        """Fill in the fields that hold the tail's length."""
        for name, tail in _forms(type(self)).lengths.items():
            object.__setattr__(self, name, len(getattr(self, tail)))

    @classmethod
    def tail_size(cls, raw: Mapping[str, Any]) -> int:
        """Bytes after the fixed part, from its unchecked values. FieldProblem when impossible."""
        return 0

    @classmethod
    def fits(cls, data: bytes) -> bool:
        """Whether `data` has the length of this packet; decides between shapes of one magic."""
        return len(data) == cls.SCHEMA.size

    def check(self) -> None:
        """Rules that span fields. Raises FieldProblem."""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one packet of this type from exactly `data`; PacketError when it is none."""
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
            made = cls(**{name: values[name] for name in _forms(cls).given})
            made.check()
        except FieldProblem as problem:
            raise _bad_field(cls, problem) from None
        return made

    def encode(self) -> bytes:
        """The packet's bytes; PacketError (bad field) for a value that cannot be carried."""
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


@dataclasses.dataclass(frozen=True)
class _Forms:
    """The names of a packet's fields that are given, and of those that hold a tail's length."""

    given: tuple[str, ...]
    lengths: Mapping[str, str]  # to the tail's name


_FORMS: dict[type[Any], _Forms] = {}


def _forms(cls: type[Packet]) -> _Forms:
    """Looked up once a class: thousands of packets are decoded."""
    forms = _FORMS.get(cls)
    if forms is None:
        tails = {f.name: f.metadata.get("length_of") for f in dataclasses.fields(cls)}
        given = tuple(f.name for f in dataclasses.fields(cls) if f.init)
        forms = _Forms(given, {name: tail for name, tail in tails.items() if tail})
        _FORMS[cls] = forms
    return forms


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
