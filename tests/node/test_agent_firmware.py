"""What a firmware adds to the agent's structs: the agent in C, the node in Python, no device."""

from __future__ import annotations

import ctypes
from typing import Annotated

import pytest

from harness.errors import NodeError, ProtocolFault
from harness.node import ClockMode, Node, ResetReason, compare_layouts
from harness.node.node import agent_layouts
from harness.node.schema import U8, U32, text
from harness.node.structs import BootReport, RestoreRequest, Status
from tests.node.conftest import BOOT_BYTES, Start

MAX_PAYLOAD = 2080
AGENT_S = BootReport.sizeof()


class FilterStatus(Status, wire_name="filter_status"):
    overflows: U32
    order: U8


class FilterBoot(BootReport, wire_name="filter_boot"):
    design: Annotated[str, text(BOOT_BYTES)]


class FilterRestore(RestoreRequest, wire_name="filter_restore_req"):
    order: U8


class FilterNode(Node):
    boot_report_type = FilterBoot
    status_type = FilterStatus
    order = 3

    def restore_request(self, clock: ClockMode) -> FilterRestore:
        return FilterRestore(clock, self.order)


def test_a_firmware_that_adds_nothing(start: Start, library: ctypes.CDLL) -> None:
    node = start(Node, n_lists=0)
    assert type(node.boot) is BootReport
    assert (node.boot.target, node.boot.reset_reason) == ("played", ResetReason.POWERON)
    assert node.boot_report() == node.boot
    assert compare_layouts(agent_layouts(), node.layout()) == []
    node.restore()
    status = node.status()
    assert (type(status), status.clock_mode, status.heap_free) == (Status, ClockMode.STEPPED, 200)
    with pytest.raises(NodeError, match=r"INVALID_SIZE.*restore takes 1 bytes, got 2"):
        node.request("restore", FilterRestore(ClockMode.REAL, 1))
    assert node.status().clock_mode == ClockMode.STEPPED


def test_a_firmware_s_own_part_is_read_with_the_agent_s(start: Start) -> None:
    node = start(FilterNode, n_lists=1)
    assert isinstance(node.boot, FilterBoot)
    assert (node.boot.design, node.boot.target) == ("bessel", "played")
    assert node.boot_report() == node.boot
    status = node.status()
    assert isinstance(status, FilterStatus)
    assert (status.overflows, status.order, status.heap_free) == (0, 0, 200)


def test_a_firmware_s_own_part_is_a_struct_of_the_layout(start: Start) -> None:
    node = start(FilterNode, n_lists=1)
    own = [kind.layout() for kind in (FilterStatus, FilterBoot, FilterRestore)]
    assert compare_layouts([*agent_layouts(), *own], node.layout()) == []


def test_a_struct_that_no_reply_can_tell_of_is_refused(start: Start) -> None:
    """Not a byte beyond the reply's memory."""
    node = start(FilterNode, n_lists=2)
    with pytest.raises(
        NodeError, match=r"INVALID_SIZE.*\d+ more bytes do not fit: there is room for \d+"
    ):
        node.layout()
    assert node.status().heap_free == 200


def test_a_firmware_gets_its_own_part_of_restore(start: Start, library: ctypes.CDLL) -> None:
    node = start(FilterNode, n_lists=1)
    node.restore()
    status = node.status()
    assert isinstance(status, FilterStatus)
    assert (status.order, status.clock_mode) == (3, ClockMode.STEPPED)
    for tail in (b"", b"\x05\x05"):
        request = RestoreRequest(ClockMode.REAL).build() + tail
        got = len(request)
        with pytest.raises(NodeError, match=rf"INVALID_SIZE.*restore takes 2 bytes, got {got}"):
            node.request("restore", request)
    assert node.status().clock_mode == ClockMode.STEPPED
    assert ctypes.c_uint32.in_dll(library, "firmware_restores").value == 1


@pytest.mark.parametrize(
    ("kind", "n_lists", "said"),
    [
        (Node, 1, f"boot_report: {AGENT_S + BOOT_BYTES} bytes came, the struct has {AGENT_S}"),
        (
            FilterNode,
            0,
            f"boot_report and filter_boot: {AGENT_S} bytes came, .* has {AGENT_S + BOOT_BYTES}",
        ),
    ],
    ids=["more", "less"],
)
def test_a_node_of_another_firmware_is_told(
    start: Start, kind: type[Node], n_lists: int, said: str
) -> None:
    with pytest.raises(ProtocolFault, match=said):
        start(kind, n_lists)


def test_more_than_a_payload_takes_is_not_sent(start: Start, library: ctypes.CDLL) -> None:
    """Not a byte beyond the reply's memory; the log says why there is no boot report."""
    room = MAX_PAYLOAD - AGENT_S
    more = "more bytes do not fit: there is room for"
    with pytest.raises(NodeError, match=rf"INVALID_SIZE.*{room + 1} {more} {room}"):
        start(FilterNode, n_lists=1, report_bytes=room + 1)
    written = (ctypes.c_char * (1 << 16)).in_dll(library, "firmware_written").value
    assert f"agent: no boot report: {room + 1} {more} {room}" in (written.decode())
