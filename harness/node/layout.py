"""Compares where the fields of wire structs lie: by the schema, and by the node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple


class FieldLayout(NamedTuple):
    """Where a field lies: bytes from the start of its struct, and its own bytes."""

    name: str
    offset: int
    size: int


class StructLayout(NamedTuple):
    """The C name of a struct, its sizeof, and where its fields lie."""

    name: str
    size: int
    fields: tuple[FieldLayout, ...]


def compare_layouts(
    expected: Iterable[StructLayout], reported: Iterable[StructLayout]
) -> list[str]:
    """Every difference between the schema and the node, each as "struct.field: what differs".

    A struct that only the node knows is a difference too, because nobody would notice its changes.
    """
    wanted, found = list(expected), list(reported)
    by_name = {layout.name: layout for layout in found}
    said: list[str] = []
    for want in wanted:
        got = by_name.get(want.name)
        missing = [f"{want.name}: the node does not report this struct"]
        said += missing if got is None else _compare_struct(want, got)
    known = {layout.name for layout in wanted}
    unknown = (layout.name for layout in found if layout.name not in known)
    said += [f"{name}: the schema does not know this struct" for name in unknown]
    counts = Counter(layout.name for layout in found)
    twice = sorted(name for name, count in counts.items() if count > 1)
    return said + [f"{name}: the node reports this struct twice" for name in twice]


def _compare_struct(want: StructLayout, got: StructLayout) -> list[str]:
    said = []
    if want.size != got.size:
        said.append(f"{want.name}: size: schema {want.size} bytes, node {got.size} bytes")
    unknown = {field.name: field for field in got.fields}
    for field in want.fields:
        where, other = f"{want.name}.{field.name}", unknown.pop(field.name, None)
        if other is None:
            said.append(f"{where}: the node does not report this field")
        elif field != other:
            said.append(
                f"{where}: schema offset {field.offset} size {field.size}, "
                f"node offset {other.offset} size {other.size}"
            )
    return said + [f"{want.name}.{name}: the schema does not know this field" for name in unknown]
