"""The registry: unique magics, sizes that add up, layouts derived from one definition."""

from __future__ import annotations

import pytest

from kernels_ref.packets import MAGICS, MeshHealth, layouts
from kernels_ref.packets.base import Packet
from kernels_ref.packets.registry import other_shape, packet, payload
from kernels_ref.wire import U16

SIZES = {
    "raw_csi_frame": (0xC5110001, 20),
    "edge_vitals": (0xC5110002, 32),
    "feature_vector": (0xC5110003, 48),
    "fused_vitals": (0xC5110004, 48),
    "compressed_csi": (0xC5110005, 10),
    "feature_state": (0xC5110006, 60),
    "temporal_classification": (0xC5110007, 40),
    "mesh_envelope": (0xC5118100, 16),
    "mesh_health": (None, 28),
}


def test_names_magics_and_sizes() -> None:
    assert {layout.name: (layout.magic, layout.size) for layout in layouts()} == SIZES
    assert {magic: name for name, (magic, _) in SIZES.items() if magic} == MAGICS


def test_offsets_are_packed() -> None:
    for layout in layouts():
        offset = 0
        for field in layout.fields:
            assert field.offset == offset, f"{layout.name}.{field.name}"
            offset += field.size
        assert offset == layout.size
        assert len({field.name for field in layout.fields}) == len(layout.fields)
        assert (layout.fields[0].name == "magic") == (layout.magic is not None)


def test_offsets_of_some_fields() -> None:
    """Counted by hand from the format."""
    offsets = {(la.name, f.name): f.offset for la in layouts() for f in la.fields}
    for field, offset in [
        (("raw_csi_frame", "noise_floor"), 17),
        (("edge_vitals", "motion_energy"), 16),
        (("edge_vitals", "reserved2"), 28),
        (("feature_vector", "features"), 16),
        (("fused_vitals", "mmwave_hr_bpm"), 28),
        (("fused_vitals", "mmwave_confidence"), 41),
        (("compressed_csi", "compressed_len"), 8),
        (("feature_state", "node_coherence"), 48),
        (("feature_state", "crc32"), 56),
        (("temporal_classification", "top_logit"), 28),
        (("temporal_classification", "crc32"), 36),
        (("mesh_envelope", "payload_len"), 12),
        (("mesh_health", "pkt_yield"), 20),
    ]:
        assert offsets[field] == offset, field


def body() -> type[Packet]:
    """A new class of two bytes behind a magic."""

    class Body(Packet):
        value: U16

    return Body


@pytest.mark.parametrize("magic", sorted(MAGICS))
def test_a_magic_is_declared_once(magic: int) -> None:
    before = layouts()
    with pytest.raises(TypeError, match=f"0x{magic:08X} of twice is already taken by"):
        packet("twice", magic=magic, size=6)(body())
    assert layouts() == before


def test_a_name_is_declared_once() -> None:
    before = layouts()
    with pytest.raises(TypeError, match="edge_vitals is already declared"):
        packet("edge_vitals", magic=0x12345678, size=6)(body())
    with pytest.raises(TypeError, match="edge_vitals is already declared"):
        payload("edge_vitals", size=2)(body())
    assert layouts() == before


def test_a_stated_size_has_to_add_up() -> None:
    with pytest.raises(TypeError, match="declared as 8 bytes but adds up to 6"):
        packet("wrong", magic=0x12345678, size=8)(body())


def test_another_shape_needs_a_magic_to_share() -> None:
    with pytest.raises(TypeError, match="mesh_health has no magic"):
        other_shape("test_other", of=MeshHealth, size=2)(body())
