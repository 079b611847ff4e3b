"""Sizes and offsets of every struct on the wire, as the device reports them, against the schema."""

from __future__ import annotations

import pytest

from harness.node.layout import StructLayout, compare_layouts
from harness.node.schema import declared_structs
from harness.sensing.node import SensingNode
from kernels_ref.packets import layouts

PACKETS = {layout.name: layout for layout in layouts()}
HALVES = ("harness.node", "harness.sensing.structs")
PROTOCOL = {s.wire_name: s.layout() for half in HALVES for s in declared_structs(half)}


@pytest.fixture(scope="module")
def reported() -> dict[str, StructLayout]:
    """Filled by the first test that asks the node."""
    return {}


def report(node: SensingNode, reported: dict[str, StructLayout]) -> dict[str, StructLayout]:
    if not reported:
        reported.update({layout.name: layout for layout in node.layout()})
    return reported


def check(node: SensingNode, reported: dict[str, StructLayout], expected: StructLayout) -> None:
    device = report(node, reported)
    assert expected.name in device, f"the node does not report the struct {expected.name}"
    differences = compare_layouts([expected], [device[expected.name]])
    assert not differences, "; ".join(differences)


@pytest.mark.parametrize("name", PACKETS)
def test_a_packet_lies_in_memory_as_the_schema_says(
    node: SensingNode, reported: dict[str, StructLayout], name: str
) -> None:
    check(node, reported, PACKETS[name])


@pytest.mark.parametrize("name", PROTOCOL)
def test_a_struct_of_the_agent_lies_in_memory_as_the_schema_says(
    node: SensingNode, reported: dict[str, StructLayout], name: str
) -> None:
    check(node, reported, PROTOCOL[name])


def test_the_node_knows_no_struct_that_the_schema_does_not(
    node: SensingNode, reported: dict[str, StructLayout]
) -> None:
    assert set(report(node, reported)) <= PACKETS.keys() | PROTOCOL.keys()


@pytest.mark.parametrize("name", PACKETS)
def test_fields_of_a_packet_leave_no_gap(
    node: SensingNode, reported: dict[str, StructLayout], name: str
) -> None:
    device = report(node, reported)[name]
    end = 0
    for field in sorted(device.fields, key=lambda f: f.offset):
        assert field.offset == end, f"{name}.{field.name} starts at {field.offset}, expected {end}"
        end += field.size
    assert end == device.size
