"""The bits of the flag words: the same in C and in Python."""

from __future__ import annotations

import enum
import re
from pathlib import Path

import pytest

from kernels_ref.packets import Quality, VitalsFlags

COMPONENTS = Path(__file__).parents[2] / "firmware" / "components"
PACKETS = COMPONENTS / "node" / "include" / "packets.h"
FEATURES = COMPONENTS / "edge" / "include" / "edge_features.h"


def bits(header: Path, prefix: str) -> dict[str, int]:
    declared = re.findall(rf"^\s*{prefix}(\w+) = 1 << (\d+),", header.read_text(), re.MULTILINE)
    return {name: 1 << int(bit) for name, bit in declared}


@pytest.mark.parametrize(
    ("header", "prefix", "flags"),
    [
        (PACKETS, "VITALS_", VitalsFlags),
        (FEATURES, "EDGE_QUALITY_", Quality),
    ],
)
def test_flag_bits_are_those_of_the_c_header(
    header: Path, prefix: str, flags: type[enum.IntFlag]
) -> None:
    assert bits(header, prefix) == {f.name: f.value for f in flags}


def test_the_packets_carry_the_flags_of_the_features_as_they_are() -> None:
    """There is one list of them."""
    assert bits(PACKETS, "QUALITY_") == {}
