"""What a firmware adds to the agent's structs: the agent in C, the node in Python, no device."""

from __future__ import annotations

import ctypes
import queue
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import pytest

from harness.connection.base import Connection, StreamEnded
from harness.errors import NodeError, ProtocolFault
from harness.node import ClockMode, Node, ResetReason, Timing, compare_layouts
from harness.node.node import agent_layouts
from harness.node.schema import U8, U32, text
from harness.node.structs import BootReport, RestoreRequest, Status
from tests.node.library import compiled

HIL_AGENT = "components/hil_agent/src/"
MACHINE = "components/machine/src/"
SOURCES = [
    *(HIL_AGENT + name for name in ("agent.c", "agent_state.c", "base85.c", "boot_report.c")),
    *(HIL_AGENT + name for name in ("commands_arena.c", "commands_exports.c", "layout.c")),
    *(
        HIL_AGENT + name
        for name in ("commands_session.c", "line_codec.c", "reply.c", "reply_cache.c")
    ),
    *(MACHINE + name for name in ("machine_clock.c", "machine_log.c", "machine_port.c")),
    MACHINE + "main_loop.c",
    "components/crc32/src/crc32_ieee.c",
]
MAX_PAYLOAD = 2080
BOOT_BYTES = 8
AGENT_S = BootReport.sizeof()
QUICK = Timing(resend_s=2, answer_s=5, boot_s=5)


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


class InProcess(Connection):
    """A connection to the agent in a library."""

    def __init__(self, library: ctypes.CDLL) -> None:
        super().__init__("LIBRARY")
        self._library = library
        self._seen = 0
        self._queue: queue.Queue[bytes] = queue.Queue()

    def said(self) -> None:
        """What the library has written since the last call is there to be read."""
        end = ctypes.c_uint32.in_dll(self._library, "firmware_written_len").value
        written = (ctypes.c_char * (1 << 16)).in_dll(self._library, "firmware_written").raw
        self._queue.put(written[self._seen : end])
        self._seen = end

    def _open_stream(self) -> None:
        pass

    def _close_stream(self) -> None:
        self._queue.put(b"")

    def _read(self) -> bytes:
        if data := self._queue.get():
            return data
        raise StreamEnded("closed")

    def _write(self, data: bytes) -> None:
        self._library.firmware_take(data, ctypes.c_size_t(len(data)))
        self.said()


Start = Callable[..., Node]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, firmware: Path) -> Path:
    folder = tmp_path_factory.mktemp("firmware")
    here = Path(__file__).parent
    shutil.copy(here / "agent_firmware_struct_list.h", folder)
    compiled(folder, "agent_firmware.c", SOURCES, firmware=firmware)
    return folder / "node.so"


@pytest.fixture
def library(built: Path, tmp_path: Path) -> ctypes.CDLL:
    """A copy of its own: a library is loaded once, and so keeps what it was told."""
    return ctypes.CDLL(str(shutil.copy(built, tmp_path / "own.so")))


@pytest.fixture
def start(library: ctypes.CDLL) -> Iterator[Start]:
    """Boots the library with the filter and so many lists of structs; 0: without a firmware."""
    opened = []

    def booted(kind: type[Node], n_lists: int, report_bytes: int = BOOT_BYTES) -> Node:
        connection = InProcess(library)
        node = kind(connection, timing=QUICK)
        connection.open()
        opened.append(connection)
        library.firmware_open(ctypes.c_size_t(n_lists), ctypes.c_size_t(report_bytes))
        connection.said()
        node.wait_boot()
        return node

    yield booted
    for connection in opened:
        connection.close()


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
    with pytest.raises(NodeError, match=r"INVALID_SIZE.*\d+ more bytes, room for \d+"):
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
    with pytest.raises(NodeError, match=rf"INVALID_SIZE.*{room + 1} more bytes, room for {room}"):
        start(FilterNode, n_lists=1, report_bytes=room + 1)
    written = (ctypes.c_char * (1 << 16)).in_dll(library, "firmware_written").value
    assert f"agent: no boot report: {room + 1} more bytes, room for {room}" in (written.decode())
