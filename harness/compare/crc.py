"""Identifies a wrong checksum as another kind of CRC, for messages."""

from __future__ import annotations

import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class CrcVariant:
    """A 32-bit CRC in the parameters of the usual catalogues."""

    name: str
    polynomial: int  # normal form
    reflected: bool
    initial: int
    final_xor: int

    def compute(self, data: bytes) -> int:
        """Return the CRC of `data`, bit by bit."""
        crc = self.initial
        polynomial = _reverse(self.polynomial) if self.reflected else self.polynomial
        for byte in data:
            crc ^= byte if self.reflected else byte << 24
            for _ in range(8):
                if self.reflected:
                    crc = (crc >> 1) ^ (polynomial if crc & 1 else 0)
                else:
                    crc = ((crc << 1) & 0xFFFFFFFF) ^ (polynomial if crc >> 31 else 0)
        return crc ^ self.final_xor


_ONES = 0xFFFFFFFF
_OTHERS = (
    CrcVariant("CRC-32C (Castagnoli, polynomial 0x1EDC6F41)", 0x1EDC6F41, True, _ONES, _ONES),
    CrcVariant("CRC-32K (Koopman, polynomial 0x741B8CD7)", 0x741B8CD7, True, _ONES, _ONES),
    CrcVariant("CRC-32Q (polynomial 0x814141AB)", 0x814141AB, False, 0, 0),
    CrcVariant("CRC-32D (polynomial 0xA833982B)", 0xA833982B, True, _ONES, _ONES),
    CrcVariant("CRC-32/JAMCRC (IEEE without the final inversion)", 0x04C11DB7, True, _ONES, 0),
    CrcVariant("IEEE started at 0 instead of 0xFFFFFFFF", 0x04C11DB7, True, 0, _ONES),
    CrcVariant("IEEE with neither inversion", 0x04C11DB7, True, 0, 0),
    CrcVariant("CRC-32/BZIP2 (IEEE, bits not reflected)", 0x04C11DB7, False, _ONES, _ONES),
    CrcVariant("CRC-32/MPEG-2 (bits not reflected)", 0x04C11DB7, False, _ONES, 0),
    CrcVariant("CRC-32/XFER (polynomial 0x000000AF)", 0x000000AF, False, 0, 0),
)


def known_crc(data: bytes, value: int) -> CrcVariant | None:
    """Return the kind of CRC, other than IEEE's, by which `value` is right; None without one."""
    return next((other for other in _OTHERS if other.compute(data) == value), None)


def identify_crc(data: bytes, value: int) -> str:
    """Describe `value` as a checksum of `data`, where IEEE CRC-32 was expected."""
    expected = zlib.crc32(data)
    if value == expected:
        return f"IEEE CRC-32 0x{value:08x}, as expected"
    said = f"crc32 is 0x{value:08x}, expected IEEE CRC-32 0x{expected:08x}"
    if variant := known_crc(data, value):
        return f"{said}: the CRC polynomial or its form is wrong, this is {variant.name}"
    for cut in (1, 2, 4, 8):
        if len(data) > cut and zlib.crc32(data[:-cut]) == value:
            return f"{said}: it leaves out the last {cut} bytes"
        if len(data) > cut and zlib.crc32(data[cut:]) == value:
            return f"{said}: it leaves out the first {cut} bytes"
    if zlib.crc32(data + bytes(4)) == value:
        return f"{said}: it covers its own, still zero, field"
    return f"{said}: of no known CRC over these bytes, so the content changed after it was computed"


def _reverse(value: int) -> int:
    return int(f"{value:032b}"[::-1], 2)
