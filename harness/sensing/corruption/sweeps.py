"""Every kind of change to a blob: how many cases there are, and each by its number."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.sensing.corruption.drawn import drawn_change
from harness.sensing.corruption.header import BEGINNINGS, DESCRIPTORS, FIELDS, beginning, limits
from kernels_ref import BlobError, init_random_blob
from kernels_ref.blob_errors import (
    BadMagic,
    CrcMismatch,
    InvalidShape,
    SizeMismatch,
    Truncated,
    UnsupportedVersion,
)
from kernels_ref.blob_header import CRC_SIZE, HEADER

MOST_BEHIND = 4096
_LENGTH_AT = HEADER.offset_of("weights_len")
_LEAST = HEADER.size + CRC_SIZE


@dataclass(frozen=True)
class Case:
    """A blob that was changed.

    base: before the change. repaired: its CRC is that of the changed bytes, so that it may be a
    blob. right: the error that it has to be refused with; None: whichever both parsers agree on.
    """

    data: bytes
    base: bytes
    repaired: bool = False
    right: type[BlobError] | None = None


@dataclass(frozen=True)
class Sweep:
    """One kind of change in every place where it can be."""

    name: str
    cases: int
    case: Callable[[int], Case]
    one_in: int  # of its cases is done where it has to be quick


def all_sweeps(seed: int, changes: int) -> list[Sweep]:
    """Every sweep; `changes` are drawn from the seed."""
    blob = init_random_blob()
    return [
        Sweep("bit flipped", 8 * len(blob), lambda n: flipped(blob, n), 211),
        Sweep("cut off", len(blob), lambda n: cut_off(blob, n), 23),
        Sweep("cut off, repaired", len(blob) - _LEAST, lambda n: cut_repaired(blob, n), 101),
        Sweep("bytes behind", MOST_BEHIND, lambda n: longer(blob, n + 1, False), 11),
        Sweep("bytes behind, repaired", MOST_BEHIND, lambda n: longer(blob, n + 1, True), 29),
        _product("beginnings", BEGINNINGS, lambda n: Case(beginning(n), blob), 1),
        _product("header", FIELDS, lambda n: Case(limits(FIELDS, n), blob, True), 97),
        _product(
            "descriptors", DESCRIPTORS, lambda n: Case(limits(DESCRIPTORS, n), blob, True), 97
        ),
        Sweep("changed at random", changes, lambda n: Case(*drawn_change(seed, n)), 1),
    ]


def _product(
    name: str, choices: Mapping[str, tuple[int, ...]], case: Callable[[int], Case], one_in: int
) -> Sweep:
    return Sweep(name, math.prod(map(len, choices.values())), case, one_in)


def repaired(data: bytes) -> bytes:
    """With the length and the CRC that its bytes ask for."""
    area = len(data) - _LEAST
    body = data[:_LENGTH_AT] + area.to_bytes(4, "little") + data[HEADER.size : -CRC_SIZE]
    return body + zlib.crc32(body).to_bytes(CRC_SIZE, "little")


def flipped(blob: bytes, bit: int) -> Case:
    """One bit is another. Which error it has to be is said by where it is."""
    at = bit // 8
    fields = {"magic": BadMagic, "version": UnsupportedVersion, "weights_len": SizeMismatch}
    right: type[BlobError] = CrcMismatch
    for field in HEADER.layout.fields:
        if field.offset <= at < field.offset + field.size:
            right = fields.get(field.name, CrcMismatch)
    data = bytearray(blob)
    data[at] ^= 1 << bit % 8
    return Case(bytes(data), blob, right=right)


def cut_off(blob: bytes, length: int) -> Case:
    """The first `length` bytes."""
    return Case(blob[:length], blob, right=Truncated if length < _LEAST else SizeMismatch)


def cut_repaired(blob: bytes, area: int) -> Case:
    """`area` bytes of weights, fewer than before, with their length and CRC."""
    data = repaired(blob[: HEADER.size + area] + bytes(CRC_SIZE))
    return Case(data, blob, repaired=True, right=InvalidShape)


def longer(blob: bytes, more: int, is_repaired: bool) -> Case:
    """So many bytes more behind it, which are its first ones again."""
    data = blob + blob[:more]
    if is_repaired:
        return Case(repaired(data), blob, repaired=True, right=InvalidShape)
    return Case(data, blob, right=SizeMismatch)
