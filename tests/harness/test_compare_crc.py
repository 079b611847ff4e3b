"""Naming the CRC that a wrong checksum is."""

from __future__ import annotations

import zlib

import pytest

from harness.compare import identify_crc, known_crc
from harness.compare.crc import CrcVariant

CHECK = b"123456789"  # the message of the catalogues


def test_the_catalogue_s_check_values() -> None:
    ones = 0xFFFFFFFF
    assert CrcVariant("IEEE", 0x04C11DB7, True, ones, ones).compute(CHECK) == zlib.crc32(CHECK)
    assert CrcVariant("C", 0x1EDC6F41, True, ones, ones).compute(CHECK) == 0xE3069283
    assert CrcVariant("BZIP2", 0x04C11DB7, False, ones, ones).compute(CHECK) == 0xFC891918
    assert CrcVariant("MPEG-2", 0x04C11DB7, False, ones, 0).compute(CHECK) == 0x0376E6E7
    assert CrcVariant("Q", 0x814141AB, False, 0, 0).compute(CHECK) == 0x3010BF7F


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (zlib.crc32(CHECK), "as expected"),
        (0xE3069283, "polynomial or its form is wrong, this is CRC-32C (Castagnoli"),
        (0x340BC6D9, "JAMCRC"),
        (zlib.crc32(CHECK[:-1]), "leaves out the last 1 bytes"),
        (zlib.crc32(CHECK[4:]), "leaves out the first 4 bytes"),
        (zlib.crc32(CHECK + bytes(4)), "covers its own, still zero, field"),
        (0x12345678, "of no known CRC"),
    ],
)
def test_a_wrong_crc_is_named(value: int, said: str) -> None:
    assert said in identify_crc(CHECK, value)


def test_only_a_known_other_crc_is_known() -> None:
    other = known_crc(CHECK, 0xE3069283)
    assert other is not None and "Castagnoli" in other.name
    assert known_crc(CHECK, zlib.crc32(CHECK)) is None
    assert known_crc(CHECK, 0x12345678) is None
