"""Packed little-endian wire structs, each declared once.

A struct is a frozen dataclass whose annotations carry the construct type of the field:

    class HelloRequest(WireStruct, wire_name="hello_req"):
        protocol: U32

From that one declaration follow parsing, building, sizeof and every offset.

Where a firmware puts a struct of its own behind one of the agent's, both are read as one: its class
is declared below the agent's.

    class FilterStatus(Status, wire_name="filter_status"):
        overflows: U32
"""

from __future__ import annotations

import contextlib
import dataclasses
import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import (
    Annotated,
    Any,
    ClassVar,
    Self,
    TypeAlias,
    dataclass_transform,
    get_args,
    get_type_hints,
)

import construct as cs

from harness.errors import ProtocolFault
from harness.node.layout import FieldLayout, StructLayout

U8: TypeAlias = Annotated[int, cs.Int8ul]
U16: TypeAlias = Annotated[int, cs.Int16ul]
U32: TypeAlias = Annotated[int, cs.Int32ul]
U64: TypeAlias = Annotated[int, cs.Int64ul]
I8: TypeAlias = Annotated[int, cs.Int8sl]
F32: TypeAlias = Annotated[float, cs.Float32l]


def text(size: int) -> Any:
    """char[size], NUL padded."""

    def decode(raw: bytes, _context: Any) -> str:
        return raw.split(b"\0", 1)[0].decode("utf-8", "replace")

    def encode(value: str, _context: Any) -> bytes:
        raw = value.encode()
        if len(raw) > size:
            raise ValueError(f"{value!r} is longer than {size} bytes")
        return raw.ljust(size, b"\0")

    return cs.ExprAdapter(cs.Bytes(size), decode, encode)


def array(count: int, item: Any) -> Any:
    """item[count], as a tuple."""
    return _Tuple(cs.Array(count, item), lambda v, _: tuple(v), lambda v, _: list(v))


class _Tuple(cs.ExprAdapter):  # type: ignore[misc]
    """What `array` makes."""


def enum(kind: type[IntEnum], item: Any = cs.Int8ul) -> Any:
    """An integer of the given enumeration; a value it does not name stays a plain int."""

    def decode(value: int, _context: Any) -> int:
        return kind(value) if value in kind._value2member_map_ else value

    return cs.ExprAdapter(item, decode, lambda value, _: int(value))


def nested(kind: type[WireStruct]) -> Any:
    """Another wire struct, in place."""
    return cs.ExprAdapter(
        cs.Bytes(kind.sizeof()),
        lambda raw, _: kind.parse(raw),
        lambda value, _: value.build(),
    )


def take_name(of: str, data: bytes, length: int) -> tuple[str, bytes]:
    """A name of so many bytes, and what follows it. of: the reply, for the message of ProtocolFault
    when it is cut."""
    if len(data) < length:
        raise ProtocolFault(f"{of}: a name of {length} bytes has only {len(data)}")
    return data[:length].decode("ascii", "replace"), data[length:]


_REGISTRY: dict[str, type[WireStruct]] = {}


@dataclass_transform(frozen_default=True)
class WireStruct:
    """Base of all wire structs. `wire_name` is the C name without `hil_` and `_t`.

    A struct that is declared below another lies behind it: `wire_name` and `layout` are those of
    its own part, everything else is of both.
    """

    wire_name: ClassVar[str]
    _whole_name: ClassVar[str] = ""  # for messages
    _fields: ClassVar[dict[str, Any]]
    _struct: ClassVar[Any]
    _size: ClassVar[int] = 0
    _begin: ClassVar[int]  # of its own part
    _numbers: ClassVar[_Numbers | None]

    def __init_subclass__(cls, wire_name: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if wire_name in _REGISTRY:
            raise TypeError(f"wire struct {wire_name!r} is declared twice")
        dataclasses.dataclass(frozen=True)(cls)
        hints = get_type_hints(cls, include_extras=True)
        names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
        before = next(base for base in cls.__bases__ if issubclass(base, WireStruct))
        cls.wire_name = wire_name
        cls._whole_name = " and ".join(filter(None, (before._whole_name, wire_name)))
        cls._begin = before._size
        cls._fields = {name: get_args(hints[name])[1] for name in names}
        cls._struct = cs.Struct(*(name / field for name, field in cls._fields.items()))
        cls._size = int(cls._struct.sizeof())
        cls._numbers = _numbers(cls._fields)
        _REGISTRY[wire_name] = cls

    @classmethod
    def sizeof(cls) -> int:
        """Bytes of the struct."""
        return cls._size

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Exactly one struct. Raises ProtocolFault when the length is another."""
        value, rest = cls.parse_prefix(data)
        if rest:
            raise ProtocolFault(
                f"{cls._whole_name}: {len(data)} bytes came, the struct has {cls.sizeof()}"
            )
        return value

    @classmethod
    def parse_prefix(cls, data: bytes) -> tuple[Self, bytes]:
        """The struct at the start of `data`, and what follows it."""
        size = cls.sizeof()
        if len(data) < size:
            raise ProtocolFault(f"{cls._whole_name}: {len(data)} bytes came, the struct has {size}")
        if cls._numbers is not None:
            return cls(*cls._numbers.unpack(data[:size])), data[size:]
        fields = cls._struct.parse(data[:size])
        return cls(**{name: fields[name] for name in cls._fields}), data[size:]

    def build(self) -> bytes:
        """The struct's bytes. Raises ValueError naming the field that does not fit."""
        if self._numbers is not None:
            # construct names what does not fit
            with contextlib.suppress(struct.error, OverflowError):
                return self._numbers.pack(self.__dict__.values())
        values = {name: getattr(self, name) for name in self._fields}
        try:
            return bytes(self._struct.build(values))
        except (cs.ConstructError, ValueError) as error:
            raise ValueError(f"{self._whole_name} cannot hold {values}: {error}") from error

    @classmethod
    def layout(cls) -> StructLayout:
        """sizeof and every offsetof."""
        found, offset = [], -cls._begin
        for name, field in cls._fields.items():
            size = int(field.sizeof())
            if offset >= 0:
                found.append(FieldLayout(name, offset, size))
            offset += size
        return StructLayout(cls.wire_name, offset, tuple(found))


class _Numbers:
    """What reads and writes a struct of numbers and of arrays of numbers ten times as fast as
    construct does. `counts`: of each field, None for a number."""

    def __init__(self, letters: list[str], counts: list[int | None]) -> None:
        each = zip(letters, counts, strict=True)
        self._struct = struct.Struct("<" + "".join(f"{n or 1}{letter}" for letter, n in each))
        self._counts = counts
        self._is_flat = counts == [None] * len(counts)

    def unpack(self, data: bytes) -> tuple[Any, ...]:
        """Raises struct.error."""
        flat = self._struct.unpack(data)
        return flat if self._is_flat else tuple(self._grouped(flat))

    def _grouped(self, flat: tuple[Any, ...]) -> Iterator[Any]:
        at = 0
        for count in self._counts:
            yield flat[at] if count is None else flat[at : at + count]
            at += 1 if count is None else count

    def pack(self, values: Iterable[Any]) -> bytes:
        """Raises struct.error."""
        return self._struct.pack(*(values if self._is_flat else self._flattened(values)))

    def _flattened(self, values: Iterable[Any]) -> Iterator[Any]:
        for value, count in zip(values, self._counts, strict=True):
            if count is None:
                yield value
            elif len(value) == count:
                yield from value
            else:
                raise struct.error(f"{len(value)} numbers for an array of {count}")


def _numbers(fields: dict[str, Any]) -> _Numbers | None:
    letters: list[str] = []
    counts: list[int | None] = []
    for field in fields.values():
        is_array = type(field) is _Tuple and field.subcon.count > 0
        item = field.subcon.subcon if is_array else field
        if type(item) is not cs.FormatField:
            return None
        assert item.fmtstr.startswith("<")
        letters.append(item.fmtstr[1:])
        counts.append(field.subcon.count if is_array else None)
    return _Numbers(letters, counts)


def declared_structs(package: str) -> list[type[WireStruct]]:
    """The wire structs that modules of a package have declared, in the order of declaration."""
    inside = f"{package}."
    return [kind for kind in _REGISTRY.values() if f"{kind.__module__}.".startswith(inside)]
