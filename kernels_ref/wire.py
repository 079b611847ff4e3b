"""Wire types and the one place that turns annotated classes into binary layouts.

A wire structure is a frozen dataclass whose annotations are the types below. Everything else about
it (sizes, offsets, field lists, the parser and the serialiser) is derived from those annotations
by `construct`, so a structure is written down once. All types are little-endian and packed.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, get_type_hints

import construct as cs  # type: ignore[import-untyped, unused-ignore]

FLOAT32_MAX = float.fromhex("0x1.fffffep127")


class Bounds(NamedTuple):
    """Closed range that a field's value has to lie in, beyond what its width allows."""

    low: float
    high: float


U8: TypeAlias = Annotated[int, cs.Int8ul]
U16: TypeAlias = Annotated[int, cs.Int16ul]
U32: TypeAlias = Annotated[int, cs.Int32ul]
U64: TypeAlias = Annotated[int, cs.Int64ul]
I8: TypeAlias = Annotated[int, cs.Int8sl]
I64: TypeAlias = Annotated[int, cs.Int64sl]
F32: TypeAlias = Annotated[float, cs.Float32l]
F32x8: TypeAlias = Annotated[tuple[float, ...], cs.Float32l[8]]
Bytes2: TypeAlias = Annotated[bytes, cs.Bytes(2)]
Bytes3: TypeAlias = Annotated[bytes, cs.Bytes(3)]
Bytes4: TypeAlias = Annotated[bytes, cs.Bytes(4)]
Bytes8: TypeAlias = Annotated[bytes, cs.Bytes(8)]
Percent: TypeAlias = Annotated[int, cs.Int8ul, Bounds(0, 100)]
U8Enum = cs.Int8ul
"""Annotation of an enumeration that is one byte on the wire."""
Unit: TypeAlias = Annotated[float, cs.Float32l, Bounds(0.0, 1.0)]
Tail: TypeAlias = Annotated[bytes, "tail"]
"""The bytes after the fixed part; at most one field of a structure, and the last."""


class FieldLayout(NamedTuple):
    """Where a field lies: byte offset from the start of its structure, and size in bytes."""

    name: str
    offset: int
    size: int


class Layout(NamedTuple):
    """The fixed part of a wire structure as a C compiler should lay it out."""

    name: str
    magic: int | None
    size: int
    fields: tuple[FieldLayout, ...]


@dataclasses.dataclass(eq=False)
class FieldProblem(Exception):
    """A `value` that a `field` cannot hold, and what is expected of it."""

    field: str
    value: object
    expectation: str

    def __str__(self) -> str:
        return f"{self.field} is {self.value!r}, expected {self.expectation}"


def length_of(tail: str, *, init: Literal[False] = False) -> Any:
    """Field specifier: this field is the length of `tail` in bytes, filled in, never passed."""
    return dataclasses.field(init=init, metadata={"length_of": tail})


class Schema:
    """The binary form of one annotated dataclass, with optional leading magic and trailing CRC.

    The magic and the CRC are part of the layout but not of the Python object: they are derived.
    """

    def __init__(
        self, cls: type[Any], name: str, size: int, magic: int | None = None, crc: bool = False
    ) -> None:
        hints = get_type_hints(cls, include_extras=True)
        own = [(f.name, hints[f.name]) for f in dataclasses.fields(cls)]
        self.tail = next((n for n, hint in own if "tail" in hint.__metadata__), None)
        self._types: dict[str, Callable[[Any], Any]] = {}
        self._bounds: dict[str, Bounds] = {}
        self._subcons: dict[str, Any] = {} if magic is None else {"magic": cs.Int32ul}
        for field, hint in own:
            if field != self.tail:
                self._add(field, hint)
        if crc:
            self._subcons["crc32"] = cs.Int32ul
        self._struct = cs.Struct(*(n / s for n, s in self._subcons.items()))
        self._reader = self._struct.compile()  # the same, in half the time
        self.layout = Layout(name, magic, self._struct.sizeof(), tuple(self._field_layouts()))
        if self.layout.size != size:
            raise TypeError(f"{name} is declared as {size} bytes but adds up to {self.layout.size}")

    def _add(self, field: str, hint: Any) -> None:
        origin = hint.__origin__
        self._types[field] = tuple if origin == tuple[float, ...] else origin
        self._subcons[field] = hint.__metadata__[0]
        for extra in hint.__metadata__[1:]:
            self._bounds[field] = extra

    def _field_layouts(self) -> Iterator[FieldLayout]:
        offset = 0
        for name, subcon in self._subcons.items():
            size = subcon.sizeof()
            yield FieldLayout(name, offset, size)
            offset += size

    @property
    def size(self) -> int:
        """Bytes in the fixed part."""
        return self.layout.size

    def offset_of(self, field: str) -> int:
        """Byte offset of a field; the tail starts where the fixed part ends."""
        return next((f.offset for f in self.layout.fields if f.name == field), self.size)

    def parse(self, data: bytes) -> dict[str, Any]:
        """Read the fixed part of `data` (at least `size` bytes) into plain values, unchecked."""
        container = self._reader.parse(data[: self.size])
        return {name: container[name] for name in self._subcons}

    def typed(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Check every field of `raw` and convert it to its Python type.

        Raises:
            FieldProblem: for the first field, in wire order, that holds what it may not hold.
        """
        return {name: self._checked(name, raw[name]) for name in self._types}

    def build(self, values: Mapping[str, Any]) -> bytes:
        """Serialise the fixed part; `values` has every field of the layout, already checked."""
        try:
            return bytes(self._struct.build(dict(values)))
        except cs.ConstructError as error:
            raise self._misfit(values, error) from error

    def _misfit(self, values: Mapping[str, Any], error: Exception) -> FieldProblem:
        for name, subcon in self._subcons.items():
            try:
                subcon.build(values[name])
            except cs.ConstructError:
                return FieldProblem(name, values[name], f"a value that fits {subcon.sizeof()} B")
        return FieldProblem(self.layout.name, values, str(error))

    def _checked(self, name: str, value: Any) -> Any:
        kind = self._types[name]
        bounds = self._bounds.get(name)
        if bounds and not bounds.low <= value <= bounds.high:
            raise FieldProblem(name, value, f"{bounds.low} to {bounds.high}")
        if kind is int and type(value) is int:
            return value
        for number in value if kind is tuple else (value,):
            if isinstance(number, float) and not abs(number) <= FLOAT32_MAX:
                raise FieldProblem(name, number, "a finite float32")
        try:
            converted = kind(value)
        except (TypeError, ValueError):
            converted = None
        if converted is None or (converted != value and kind is not tuple):
            raise FieldProblem(name, value, _description(kind))
        return converted


def _description(kind: Callable[[Any], Any]) -> str:
    if isinstance(kind, enum.EnumMeta):
        members: list[enum.Enum] = list(kind)
        return "one of " + ", ".join(f"{m.value} {m.name.lower()}" for m in members)
    return getattr(kind, "__name__", str(kind))
