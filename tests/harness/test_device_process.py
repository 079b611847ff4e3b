"""Devices that are processes: start, reset, power, and whose fault their end is."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.device import orphans, qemu
from harness.device.host_process import HostProcess
from harness.device.process import how_it_ended, is_fatal_signal, sanitizer_report
from harness.device.qemu import VirtQemu
from harness.errors import (
    BenchError,
    ConnectionLost,
    DeviceAborted,
    DeviceDied,
    NodeCrashed,
    ToolMissing,
)
from harness.node import ResetReason
from harness.sensing.node import SensingNode
from tests.harness.fake_device import wait_until
from tests.harness.fake_program import ASAN, LEAK, UBSAN, make_executable
from tests.harness.patience import PATIENCE_S

pytestmark = pytest.mark.skipif(os.name != "posix", reason="these targets need POSIX")

Device = HostProcess | VirtQemu


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Device]]:
    made: list[Device] = []

    def make(role: str, **kwargs: Any) -> Device:
        program = make_executable(tmp_path, role)
        kwargs.setdefault("flash", tmp_path / "flash.bin")
        if role == "native":
            made.append(HostProcess(image=program, **kwargs))
        else:
            image = tmp_path / "node.elf"
            image.touch()
            made.append(VirtQemu(qemu_image_path=image, qemu_prog_path=str(program), **kwargs))
        return made[-1]

    yield make
    for device in made:
        device.kill()
        device.terminate()


def meet(device: Device) -> SensingNode:
    node = SensingNode(device.connection)
    device.connection.open()
    node.wait_boot()
    return node


DEVICE_OF_A_KILLED_SESSION = """
import os, signal, sys
from harness.device.host_process import HostProcess
class Keeps(HostProcess):  # on when its input ends, as QEMU does
    def _command(self): return ["sleep", "600"]
device = Keeps(image=__file__)
again = Keeps(image=__file__)
gone = device.pid
device.kill(); device.start()
folders = [each._scratch.name for each in (device, again)]
assert all(map(os.path.isdir, folders))
print(gone, device.pid, again.pid, *folders, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")  # a zombie that nobody collects has ended
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def test_no_device_and_no_file_outlives_a_session_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "session.py"
    script.write_text(DEVICE_OF_A_KILLED_SESSION)
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, script],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    words = done.stdout.split()
    pids, folders = [int(word) for word in words[:3]], [Path(os.fsdecode(w)) for w in words[3:]]
    assert len(pids) == 3 and len(folders) == 2
    wait_until(lambda: not any(map(is_alive, pids)), timeout=PATIENCE_S)
    wait_until(lambda: not any(folder.exists() for folder in folders), timeout=PATIENCE_S)


def test_the_watcher_forgets_what_has_ended(
    make: Callable[..., Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = make("native")
    told: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr(orphans, "_tell", lambda *words: told.append(words))
    first = device.pid
    device.kill()
    device.start()
    device.stop()
    numbers = [b"%d" % pid for pid in (first, device.pid, device.pid)]
    assert told == list(zip((b"-", b"+", b"-"), numbers, strict=True))


roles = pytest.mark.parametrize("role", ["native", "qemu"])


@roles
def test_a_device_runs_when_it_is_made_and_its_first_output_is_there(
    make: Callable[..., Device], role: str
) -> None:
    device = make(role)
    time.sleep(0.3)  # it talks while nobody listens yet
    node = meet(device)
    assert device.is_running
    assert node.log[0].text.startswith("I (1) main: arguments")
    assert node.request("echo", b"x" * 1000) == b"x" * 1000
    device.start()  # harmless
    assert node.request("echo", b"y") == b"y"


@roles
def test_power_away_and_back(make: Callable[..., Device], role: str) -> None:
    device = make(role)
    node = meet(device)
    before = node.boot.boot_nonce
    for _ in range(2):
        device.power_cycle()
        assert node.wait_boot(after="a power cycle").reset_reason == ResetReason.POWERON
        assert node.request("echo", b"x") == b"x"
    assert node.boot.boot_nonce != before


@roles
def test_a_power_cycle_that_nobody_waits_for_is_a_crash(
    make: Callable[..., Device], role: str
) -> None:
    device = make(role)
    node = meet(device)
    before = node.boot.boot_nonce
    device.power_cycle()
    wait_until(lambda: node.boot.boot_nonce != before)
    with pytest.raises(NodeCrashed, match="POWERON"):
        node.request("echo", b"x")


@roles
def test_killed_from_outside_is_the_benchs_fault_at_once(
    make: Callable[..., Device], role: str
) -> None:
    device = make(role)
    node = meet(device)
    os.kill(device.pid, signal.SIGKILL)
    start = time.monotonic()
    with pytest.raises(DeviceDied, match=rf"{device.name} ended with signal 9 \(SIGKILL\) while"):
        for _ in range(1000):
            node.request("echo", b"x", timeout=PATIENCE_S)
    assert time.monotonic() - start < 30  # not by running out of time
    assert not device.is_running


@roles
def test_killed_while_it_works_tells_what_was_awaited(
    make: Callable[..., Device], role: str
) -> None:
    device = make(role)
    node = meet(device)
    with pytest.raises(
        DeviceDied, match=r"signal 15 \(SIGTERM\) while waiting for the reply to end"
    ):
        node.request("end", b"SIGTERM")


@roles
def test_killed_on_purpose_says_so(make: Callable[..., Device], role: str) -> None:
    device = make(role)
    node = meet(device)
    device.kill()
    with pytest.raises(DeviceDied, match=r"was killed on purpose"):
        node.request("echo", b"x")


@roles
def test_stopped_in_order(make: Callable[..., Device], role: str) -> None:
    device = make(role)
    node = meet(device)
    device.stop()
    device.stop()
    assert not device.is_running
    with pytest.raises(BenchError):
        node.request("echo", b"x")


@roles
def test_what_a_dying_process_said_is_in_the_message(
    make: Callable[..., Device], role: str
) -> None:
    device = make(role)
    node = meet(device)
    with pytest.raises(DeviceDied, match=r"ended with status 3 while") as caught:
        node.request("end", b"exit 3")
    assert "it is over" in str(caught.value)


def test_an_image_that_is_not_there_is_told(tmp_path: Path) -> None:
    for make in (HostProcess, VirtQemu):
        with pytest.raises(BenchError, match=r"nope.elf does not exist"):
            make(None, tmp_path / "nope.elf")


# ---- the native node ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("asan", "heap-buffer-overflow.*\n.*ring.c:12"),
        ("ubsan", "runtime error: index 4 out of bounds"),
        ("SIGSEGV", r"ended with signal 11 \(SIGSEGV\)"),
        ("SIGABRT", r"ended with signal 6 \(SIGABRT\)"),
        ("exit 0", "ended with status 0"),
    ],
)
def test_the_firmwares_own_doing_is_the_devices_fault(
    make: Callable[..., Device], how: str, words: str
) -> None:
    node = meet(make("native"))
    with pytest.raises(DeviceAborted, match=words) as caught:
        node.request("end", how.encode())
    assert "waiting for the reply to end" in str(caught.value)


def test_a_leak_found_at_the_end_is_the_devices_fault(make: Callable[..., Device]) -> None:
    device = make("native")
    meet(device).request("end", b"leak")
    with pytest.raises(DeviceAborted, match=r"LeakSanitizer"):
        device.stop()


def test_the_node_gets_its_flash_file(make: Callable[..., Device], tmp_path: Path) -> None:
    node = meet(make("native", flash=tmp_path / "my flash"))
    assert f"'--flash', '{tmp_path}/my flash'" in node.log[0].text


# ---- QEMU --------------------------------------------------------------------------------------


def test_the_reset_line(make: Callable[..., Device]) -> None:
    device = make("qemu")
    node = meet(device)
    before = node.boot.boot_nonce
    device.hard_reset()
    assert node.wait_boot(after="a hardware reset").boot_nonce != before


def test_a_monitor_that_does_not_answer_is_the_benchs_fault(
    make: Callable[..., VirtQemu], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = make("qemu")
    meet(device)
    monkeypatch.setattr(qemu, "_QMP_S", 0.3)
    with pytest.raises(BenchError, match=r"did not carry out mute: no answer in"):
        device.qmp_execute_cmd("mute")
    device.kill()
    with pytest.raises(DeviceDied, match=r"killed on purpose while its monitor was asked: mute"):
        device.qmp_execute_cmd("mute")


@pytest.mark.parametrize("is_long", [False, True], ids=["as usual", "a long TMPDIR"])
def test_the_monitor_is_open_to_nobody_else(
    make: Callable[..., VirtQemu], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_long: bool
) -> None:
    if is_long:
        folder = tmp_path / ("long" * 25)
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
    device = make("qemu")
    meet(device)
    monitor = Path(str(device._monitor.address))
    assert monitor.is_socket()
    assert stat.S_IMODE(monitor.parent.stat().st_mode) == 0o700
    device.terminate()
    assert not monitor.parent.exists()


def test_where_there_are_no_such_sockets_the_monitor_is_on_a_port_of_this_machine() -> None:
    port = qemu._LocalPort()
    port.renew()
    assert port.as_option.startswith("tcp:127.0.0.1:")
    with pytest.raises(OSError):
        port.try_out()
    with socket.create_server(port.address):
        port.try_out()


def test_the_host_target_has_no_reset_line(make: Callable[..., Device]) -> None:
    with pytest.raises(BenchError, match=r"Use power_cycle"):
        make("native").hard_reset()


def test_qemu_that_was_switched_off_by_its_guest_is_the_devices_fault(
    make: Callable[..., Device],
) -> None:
    node = meet(make("qemu"))
    with pytest.raises(DeviceAborted, match=r"qemu ended with status 0"):
        node.request("end", b"exit 0")


def test_qemu_that_was_asked_to_end_is_the_benchs_fault(make: Callable[..., Device]) -> None:
    node = meet(make("qemu"))
    with pytest.raises(DeviceDied, match=r"terminating on signal 15"):
        node.request("end", b"asked from outside")


def test_qemu_that_refuses_its_arguments_is_told_in_its_own_words(
    make: Callable[..., Device],
) -> None:
    with pytest.raises(BenchError, match=r"unsupported machine type"):
        make("qemu", qemu_extra_args="--refuse")


def test_no_qemu_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "node.elf").touch()
    with pytest.raises(ToolMissing, match=r"no-such-qemu .*apt-get install qemu-system-misc"):
        VirtQemu(None, tmp_path / "node.elf", qemu_prog_path="no-such-qemu")


def test_a_users_machine_replaces_ours_and_extras_are_added(make: Callable[..., Device]) -> None:
    node = meet(
        make("qemu", qemu_cli_args="-machine virt -m 64M", qemu_extra_args="-d guest_errors")
    )
    line = node.log[0].text
    assert "-machine virt -m 64M" in line and "-icount" not in line
    assert "-d guest_errors" in line


def test_a_new_data_flash_is_erased_and_an_old_one_is_kept(
    make: Callable[..., Device], tmp_path: Path
) -> None:
    flash = tmp_path / "a,b.bin"
    device = make("qemu", flash=flash)
    assert flash.stat().st_size == 32 * 1024 * 1024
    assert flash.read_bytes()[:64] == b"\xff" * 64
    assert f"file={tmp_path}/a,,b.bin" in meet(device).log[0].text
    with pytest.raises(BenchError, match=r"cannot be erased while"):
        device.erase_flash()
    with flash.open("r+b") as file:
        file.write(b"kept")
    device.power_cycle()
    assert flash.read_bytes()[:4] == b"kept"
    device.kill()
    device.erase_flash()
    assert flash.read_bytes()[:4] == b"\xff" * 4


def test_a_closed_device_is_not_talked_to(make: Callable[..., Device]) -> None:
    device = make("qemu")
    node = meet(device)
    device.connection.close()
    with pytest.raises(ConnectionLost, match=r"qemu was lost: it is not open"):
        node.request("echo", b"x")


# ---- words -------------------------------------------------------------------------------------


def test_ends_in_words() -> None:
    assert how_it_ended(1) == "ended with status 1"
    assert how_it_ended(-9) == "ended with signal 9 (SIGKILL)"
    assert how_it_ended(-250) == "ended with signal 250 (unknown)"
    assert [is_fatal_signal(s) for s in (-11, -6, -9, -15, 11, 0)] == [True, True] + [False] * 4


def test_sanitizer_reports_are_told_from_other_output() -> None:
    assert sanitizer_report("noise\n" + ASAN).startswith("==4711==ERROR: Addr")
    assert sanitizer_report("x\n" + UBSAN).startswith("ring.c:12:7: runtime error")
    assert sanitizer_report(LEAK).startswith("==4711==ERROR: LeakSanitizer")
    assert sanitizer_report("E (5) main: a runtime error happened\nERROR: not a sanitizer") == ""
