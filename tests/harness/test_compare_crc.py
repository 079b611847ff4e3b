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


def expected(data: bytes, value: int) -> str:
    return f"crc32 is 0x{value:08x}, expected IEEE CRC-32 0x{zlib.crc32(data):08x}: "


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0xE3069283, "CRC-32C (Castagnoli, polynomial 0x1EDC6F41)"),
        (0x340BC6D9, "CRC-32/JAMCRC (IEEE without the final inversion)"),
        (0x0376E6E7, "CRC-32/MPEG-2 (bits not reflected)"),
    ],
)
def test_another_crc_is_named(value: int, said: str) -> None:
    assert identify_crc(CHECK, value) == (
        expected(CHECK, value) + f"the CRC polynomial or its form is wrong, this is {said}"
    )


@pytest.mark.parametrize("cut", [1, 2, 4, 8])
def test_bytes_that_are_left_out_are_counted(cut: int) -> None:
    first, last = zlib.crc32(CHECK[cut:]), zlib.crc32(CHECK[:-cut])
    assert identify_crc(CHECK, last) == (
        expected(CHECK, last) + f"it leaves out the last {cut} bytes"
    )
    assert identify_crc(CHECK, first) == (
        expected(CHECK, first) + f"it leaves out the first {cut} bytes"
    )


def test_a_right_crc_and_one_of_other_bytes_are_said_as_such() -> None:
    assert identify_crc(CHECK, 0xCBF43926) == "IEEE CRC-32 0xcbf43926, as expected"
    assert identify_crc(CHECK, 0x12345678) == expected(CHECK, 0x12345678) + (
        "of no known CRC over these bytes, so the content changed after it was computed"
    )
    field = zlib.crc32(CHECK + bytes(4))
    assert identify_crc(CHECK, field) == expected(CHECK, field) + (
        "it covers its own, still zero, field"
    )


def test_a_message_that_is_left_out_altogether_is_not_told_of() -> None:
    of_nothing = zlib.crc32(b"")
    for data in (b"a", b"ab", b"abcd", b"abcdefgh"):
        assert "of no known CRC over these bytes" in identify_crc(data, of_nothing)


def test_only_a_known_other_crc_is_known() -> None:
    other = known_crc(CHECK, 0xE3069283)
    assert other is not None and "Castagnoli" in other.name
    assert known_crc(CHECK, zlib.crc32(CHECK)) is None
    assert known_crc(CHECK, 0x12345678) is None
