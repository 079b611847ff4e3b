"""A node's memory: what it allocates it allocates at its start, each of which may fail."""

from __future__ import annotations

import shutil
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.build import BuildRequest
from harness.build.requirement import find_program
from harness.device.host_process import HostProcess
from harness.errors import DeviceDied
from harness.node import ResetReason
from harness.program_output import program_output
from harness.sensing.node import SensingNode
from harness.sensing.structs.settings import Setting
from harness.sensing.structs.state import HeadState
from harness.target import find_target, project_root
from kernels_ref import init_random_blob
from tests.harness.patience import PATIENCE_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux is needed")

AT_MOST = 30  # nine were seen, eight of them the C library's own


class Watched:
    """A node whose allocations are counted, and of which one fails; 0: none does."""

    def __init__(self, image: Path, library: Path, folder: Path, failing: int) -> None:
        self._count = folder / "allocations"
        self._count.write_bytes(bytes(4))
        script = folder / "node.sh"
        script.write_text(
            f"#!/bin/sh\nexport ALLOCATIONS='{self._count}' FAIL_ALLOCATION={failing}\n"
            f"export LD_PRELOAD='{library}'\nexec '{image}' \"$@\"\n",
            encoding="utf-8",
        )
        script.chmod(0o755)
        self.device = HostProcess(image=script, flash=folder / "flash.bin")
        self.node = SensingNode(self.device.connection)
        self.device.connection.open()

    def booted(self) -> Watched:
        """Raises DeviceDied where it ends instead."""
        self.boot = self.node.wait_boot(PATIENCE_S)
        return self

    @property
    def allocations(self) -> int:
        """Since the process began."""
        (count,) = struct.unpack("=I", self._count.read_bytes())
        return int(count)


@pytest.fixture(scope="module")
def image(firmware: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = firmware == project_root() / "firmware"
    build_dir = project_root() / "build" / "host" if own else firmware / "build" / "allocation"
    recipe = find_target("host").recipe
    built = recipe.build(BuildRequest("host", firmware, build_dir.resolve(), say=print))
    # A copy: whoever builds again meanwhile does not take it away.
    return Path(shutil.copy(built.elf, tmp_path_factory.mktemp("image") / "node.elf"))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = find_program("cc") or find_program("gcc")
    assert compiler is not None
    path = tmp_path_factory.mktemp("memory") / "failing.so"
    source = Path(__file__).with_name("failing_memory.c")
    done = program_output([str(compiler), "-shared", "-fPIC", "-O1", "-o", str(path), str(source)])
    assert done.returncode == 0, done.stdout
    return path


@pytest.fixture
def start(image: Path, library: Path, tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    started: list[Watched] = []

    def start(failing: int = 0) -> Watched:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        started.append(Watched(image, library, folder, failing))
        return started[-1].booted()

    yield start
    for watched in started:
        watched.device.kill()
        watched.device.close()


def test_nothing_is_allocated_after_the_start(start: Callable[..., Watched]) -> None:
    watched = start()
    node = watched.node
    assert 0 < watched.allocations <= AT_MOST
    assert watched.boot.head_state == HeadState.ON
    begun = watched.allocations
    node.restore()
    node.mirror(True)
    node.advance(seconds=60)
    node.setting(Setting.THR_STILL, 70)
    assert node.packet_bytes
    assert watched.allocations == begun, "the node has allocated while it worked"
    node.upload_weights(init_random_blob())
    node.restore()
    node.advance(seconds=5)
    assert watched.allocations == begun + 1, "one head, and nothing else, is made of new weights"


def test_each_allocation_at_the_start_may_fail(start: Callable[..., Watched]) -> None:
    """The node boots and says which service is missing, or ends and says why it cannot."""
    whole = (HeadState.ON, "weights from the image")
    missing = []
    for failing in range(1, start().allocations + 1):
        try:
            watched = start(failing)
        except DeviceDied as ended:
            assert ended.how == "ended with status 2"
            missing.append((HeadState.OFF, ended.output.strip()))
            continue
        assert watched.allocations >= failing
        reason = watched.boot.reset_reason
        assert reason == ResetReason.POWERON, f"it has restarted: {ResetReason(reason).name}"
        found = (watched.boot.head_state, watched.boot.head_reason)
        missing += [found] if found != whole else []
        assert watched.node.status() is not None
    assert missing == [
        (HeadState.OFF, "node: the thread of the node cannot be started"),
        (HeadState.FAILED, "start failed: ESP_ERR_NO_MEM"),
    ]


def test_a_head_that_there_was_no_memory_for_can_be_made_later(
    start: Callable[..., Watched],
) -> None:
    watched = start(start().allocations)
    assert watched.boot.head_state == HeadState.FAILED
    watched.node.restore()
    assert watched.node.status().head_state == HeadState.ON
