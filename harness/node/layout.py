"""Compares where the fields of wire structs lie: by the schema, and by the node."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class LayoutMismatch:
    """One difference. `field` is empty when it concerns the struct as a whole."""

    struct: str
    field: str
    message: str

    def __str__(self) -> str:
        return self.message


def compare_layouts(
    expected: Iterable[StructLayout], reported: Iterable[StructLayout]
) -> list[LayoutMismatch]:
    """Every difference between the schema and the node.

    A struct that only the node knows is a difference too, because nobody would notice its changes.
    """
    expected_list, reported_list = list(expected), list(reported)
    by_name = {layout.name: layout for layout in reported_list}
    known = {layout.name for layout in expected_list}
    found: list[LayoutMismatch] = []
    for want in expected_list:
        got = by_name.get(want.name)
        if got is None:
            found.append(_mismatch(want.name, "", "the node does not report this struct"))
        else:
            found += _compare_struct(want, got)
    for got in reported_list:
        if got.name not in known:
            found.append(_mismatch(got.name, "", "the schema does not know this struct"))
    if len(by_name) != len(reported_list):
        twice = sorted(n for n in by_name if sum(r.name == n for r in reported_list) > 1)
        found += [_mismatch(name, "", "the node reports this struct twice") for name in twice]
    return found


def _compare_struct(want: StructLayout, got: StructLayout) -> list[LayoutMismatch]:
    found: list[LayoutMismatch] = []
    if want.size != got.size:
        found.append(
            _mismatch(want.name, "", f"size: schema {want.size} bytes, node {got.size} bytes")
        )
    got_fields = {field.name: field for field in got.fields}
    for field in want.fields:
        other = got_fields.get(field.name)
        if other is None:
            found.append(_mismatch(want.name, field.name, "the node does not report this field"))
        elif (field.offset, field.size) != (other.offset, other.size):
            found.append(
                _mismatch(
                    want.name,
                    field.name,
                    f"schema offset {field.offset} size {field.size}, "
                    f"node offset {other.offset} size {other.size}",
                )
            )
    want_names = {field.name for field in want.fields}
    for name in got_fields:
        if name not in want_names:
            found.append(_mismatch(want.name, name, "the schema does not know this field"))
    return found


def _mismatch(struct: str, field: str, what: str) -> LayoutMismatch:
    where = f"{struct}.{field}" if field else struct
    return LayoutMismatch(struct, field, f"{where}: {what}")
