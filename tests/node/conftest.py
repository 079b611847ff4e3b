"""The whole agent in C as a library of this machine, and the node in Python that talks to it."""

from __future__ import annotations

import ctypes
import queue
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.connection.base import Connection, StreamEnded
from harness.node import Node, Timing
from tests.node.library import compiled

HIL_AGENT = "components/hil_agent/src/"
MACHINE = "components/machine/src/"
SOURCES = [
    *(HIL_AGENT + name for name in ("agent.c", "base85.c")),
    *(HIL_AGENT + name for name in ("commands_arena.c", "commands_exports.c", "layout.c")),
    *(
        HIL_AGENT + name
        for name in ("commands_session.c", "line_codec.c", "reply.c", "reply_cache.c")
    ),
    *(MACHINE + name for name in ("machine_clock.c", "machine_log.c", "machine_port.c")),
    MACHINE + "main_loop.c",
    "components/crc32/src/crc32_ieee.c",
]
BOOT_BYTES = 8  # of the firmware's own part of the boot report
QUICK = Timing(resend_s=2, answer_s=5, boot_s=5)
CONFIG = "#define CONFIG_HIL_AGENT_ENABLED 1\n"

Start = Callable[..., Node]


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


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, firmware: Path) -> Path:
    folder = tmp_path_factory.mktemp("firmware")
    here = Path(__file__).parent
    shutil.copy(here / "agent_firmware_struct_list.h", folder)
    compiled(folder, "agent_firmware.c", SOURCES, CONFIG, firmware)
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
