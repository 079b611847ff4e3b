"""Byte streams: loss, return, and whose fault it is."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from serial.urlhandler import protocol_loop

from harness.connection import (
    Connection,
    PipeConnection,
    SerialConnection,
    SocketConnection,
    connect_to,
)
from harness.errors import ConnectionLost, DeviceDied, NodeSilent, PortMissing
from harness.sensing.node import SensingNode
from tests.harness.fake_device import FakeConnection, FakeNode, FakeServer, Fault, wait_until
from tests.harness.patience import PATIENCE_S
from tests.harness.test_link_requests import QUICK


class Received:
    """Collects what a connection hands on."""

    def __init__(self, connection: Connection) -> None:
        self.data = b""
        self.interruptions = 0
        self.lost = threading.Event()
        connection.on_bytes = self.take
        connection.on_interrupted = self.interrupt
        connection.on_lost = self.lost.set

    def take(self, data: bytes) -> None:
        self.data += data

    def interrupt(self) -> None:
        self.interruptions += 1


@pytest.fixture
def server() -> Iterator[FakeServer]:
    server = FakeServer(FakeNode())
    yield server
    server.close()


# ---- addresses ---------------------------------------------------------------------------------


def test_the_kind_of_connection_follows_from_the_port() -> None:
    assert isinstance(connect_to("COM8"), SerialConnection)
    assert isinstance(connect_to("/dev/ttyACM0"), SerialConnection)
    assert isinstance(connect_to("rfc2217://host:4000"), SerialConnection)
    assert isinstance(connect_to("socket://host:4000"), SocketConnection)


@pytest.mark.parametrize("port", ["socket://host", "socket://:5", "socket://host:x", "socket://"])
def test_a_malformed_address_is_refused_with_the_right_form(port: str) -> None:
    with pytest.raises(PortMissing, match=r"Write socket://host:port"):
        connect_to(port)


@pytest.mark.parametrize("port", ["/dev/ttyNOPE7", "COM250", "rfc2217://127.0.0.1:1", "nope://x"])
def test_a_port_that_is_not_there_is_the_benchs_fault(port: str) -> None:
    with pytest.raises(PortMissing) as caught:
        connect_to(port).open()
    assert caught.value.port == port
    assert "\n" not in str(caught.value)


def test_a_server_that_is_not_there_is_the_benchs_fault() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(PortMissing, match=r"Is the serial server running"):
        connect_to(f"socket://127.0.0.1:{port}").open()


# ---- sockets -----------------------------------------------------------------------------------


def test_a_node_behind_a_socket(server: FakeServer) -> None:
    node = SensingNode(connect_to(f"socket://127.0.0.1:{server.port}"), timing=QUICK)
    node.connection.open()
    node.wait_boot()
    assert node.request("echo", bytes(range(256)) * 4) == bytes(range(256)) * 4
    node.connection.close()


def test_a_dropped_socket_is_opened_again_and_the_request_survives(server: FakeServer) -> None:
    node = SensingNode(connect_to(f"socket://127.0.0.1:{server.port}", reopen_s=60.0), timing=QUICK)
    node.connection.open()
    node.wait_boot()
    for _ in range(3):
        server.drop()
        assert node.request("echo", b"x", timeout=60.0) == b"x"
    assert server.connections >= 3
    node.connection.close()


def test_a_socket_that_does_not_come_back_is_lost_by_name(server: FakeServer) -> None:
    port = server.port
    node = SensingNode(connect_to(f"socket://127.0.0.1:{port}", reopen_s=0.3), timing=QUICK)
    node.connection.open()
    node.wait_boot()
    server.close()
    with pytest.raises(ConnectionLost, match=rf"socket://127.0.0.1:{port}.*did not come back"):
        for _ in range(100):
            node.request("echo", b"x", timeout=60.0)


def test_a_server_that_takes_no_bytes_is_silent_not_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection = SocketConnection(*listener.getsockname())
        connection.write_s = 0.2
        connection.open()
        peer, _ = listener.accept()
        with peer, pytest.raises(NodeSilent, match=r"taking .* bytes from socket://127"):
            for _ in range(1000):
                connection.write(bytes(1 << 20))
        connection.close()


# ---- pipes -------------------------------------------------------------------------------------


@pytest.fixture(params=[True, False], ids=["waits", "thread"])
def pipes(request: pytest.FixtureRequest) -> PipeConnection:
    """Where the system can wait for a pipe, and where it cannot."""
    if request.param and os.name != "posix":
        pytest.skip("this system cannot wait for a pipe")
    connection = PipeConnection("child")
    connection.can_wait = request.param
    return connection


def start(connection: PipeConnection, program: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    assert process.stdout is not None and process.stdin is not None
    connection.attach(process.stdout, process.stdin)
    return process


def test_pipes_carry_bytes_both_ways_and_end_with_the_process(pipes: PipeConnection) -> None:
    connection = pipes
    received = Received(connection)
    echo = "import os\nwhile d := os.read(0, 999): os.write(1, d)"
    process = start(connection, echo)
    connection.open()
    data = os.urandom(300_000)
    for at in range(0, len(data), 50_000):
        connection.write(data[at : at + 50_000])
    wait_until(lambda: len(received.data) == len(data))
    assert received.data == data
    connection.close()
    assert process.wait(PATIENCE_S) == 0


def test_a_process_that_ends_is_noticed(pipes: PipeConnection) -> None:
    connection = pipes
    received = Received(connection)
    process = start(connection, "print('bye', flush=True)")
    connection.open()
    assert received.lost.wait(PATIENCE_S)
    assert received.data.strip() == b"bye"
    with pytest.raises(ConnectionLost, match=r"child.*closed its output"):
        connection.write(b"x")
    process.wait(PATIENCE_S)


def test_a_process_that_reads_nothing_is_silent(pipes: PipeConnection) -> None:
    connection = pipes
    connection.write_s = 0.2
    process = start(connection, "import time; time.sleep(60)")
    connection.open()
    with pytest.raises(NodeSilent):
        for _ in range(100):
            connection.write(bytes(1 << 16))
    process.kill()
    process.wait(PATIENCE_S)
    connection.close()


# ---- serial ports ------------------------------------------------------------------------------

pty_only = pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")


@pty_only
def test_a_serial_port_carries_every_byte() -> None:
    import tty

    ours, theirs = os.openpty()
    tty.setraw(theirs)
    connection = SerialConnection(os.ttyname(theirs), reopen_s=0)
    received = Received(connection)
    connection.open()
    data = bytes(range(256)) * 8
    os.write(ours, data)
    wait_until(lambda: received.data == data)
    connection.write(data)
    back = b""
    while len(back) < len(data):
        back += os.read(ours, 4096)
    assert back == data
    connection.close()
    os.close(ours)
    os.close(theirs)


def test_the_lines_for_reset_and_boot_mode_are_released_before_a_port_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A board is not reset by being listened to: pyserial would pull both on opening."""
    opened: list[tuple[bool, bool]] = []
    plain_open = protocol_loop.Serial.open

    def watched_open(port: protocol_loop.Serial) -> None:
        opened.append((port.dtr, port.rts))
        plain_open(port)

    monkeypatch.setattr(protocol_loop.Serial, "open", watched_open)
    connection = SerialConnection("loop://")
    connection.open()
    connection.close()
    assert opened == [(False, False)]


@pty_only
def test_a_serial_port_that_vanishes_and_comes_back(tmp_path: Path) -> None:
    """The name stays, the device behind it goes and returns: a USB port while its chip resets."""
    import tty

    def plug() -> tuple[int, int]:
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        (tmp_path / "new").symlink_to(os.ttyname(theirs))
        (tmp_path / "new").rename(tmp_path / "port")
        return ours, theirs

    ours, theirs = plug()
    connection = SerialConnection(str(tmp_path / "port"), reopen_s=5.0)
    received = Received(connection)
    connection.open()
    os.write(ours, b"before half a li")
    wait_until(lambda: received.data.endswith(b"li"))
    (tmp_path / "port").unlink()
    os.close(theirs)
    os.close(ours)
    wait_until(lambda: received.interruptions > 0)
    time.sleep(0.3)
    assert connection.is_open
    ours, theirs = plug()
    wait_until(lambda: connection.reopened == 1)
    os.write(ours, b"after")
    wait_until(lambda: received.data.endswith(b"after"))
    connection.close()


@pty_only
def test_a_serial_port_that_stays_away_is_lost_by_name() -> None:
    ours, theirs = os.openpty()
    name = os.ttyname(theirs)
    connection = SerialConnection(name, reopen_s=0.3)
    received = Received(connection)
    connection.open()
    os.close(theirs)
    os.close(ours)
    assert received.lost.wait(PATIENCE_S)
    with pytest.raises(ConnectionLost, match=rf"{name}.*did not come back"):
        connection.check("testing")


# ---- what the node makes of it -----------------------------------------------------------------


@pytest.fixture
def link() -> Iterator[FakeConnection]:
    connection = FakeConnection(FakeNode())
    yield connection
    connection.close()


def meet(link: FakeConnection) -> SensingNode:
    node = SensingNode(link, timing=QUICK)
    link.open()
    link.node.power_on()
    node.wait_boot()
    return node


def test_losing_the_port_mid_request_is_the_benchs_fault_at_once(link: FakeConnection) -> None:
    node = meet(link)
    link.node.fail("echo", Fault.VANISH)
    start = time.monotonic()
    with pytest.raises(ConnectionLost, match=r"FAKE7 was lost: the node vanished"):
        node.request("echo", b"x", timeout=60)
    assert time.monotonic() - start < 30  # not by running out of time
    with pytest.raises(ConnectionLost, match=r"FAKE7"):
        node.request("echo", b"x")


def test_a_device_that_knows_better_is_asked_and_told_what_was_going_on(
    link: FakeConnection,
) -> None:
    node = meet(link)
    link.explain = lambda doing: DeviceDied("qemu", "ended with signal 9 (SIGKILL)", doing)
    link.node.fail("echo", Fault.VANISH)
    with pytest.raises(
        DeviceDied,
        match=r"qemu ended with signal 9 \(SIGKILL\) while waiting for the reply to echo\.",
    ):
        node.request("echo", b"x")


def test_losing_the_port_during_a_reset_is_the_benchs_fault(link: FakeConnection) -> None:
    node = meet(link)
    link.node.fail("reset", Fault.VANISH)
    with pytest.raises(ConnectionLost):
        node.reset()


def test_a_port_that_is_away_during_the_reset_is_waited_for() -> None:
    link = FakeConnection(FakeNode(), reopen_s=5.0)
    node = meet(link)
    boot, before = link.node.boot, node.boot.boot_nonce

    def boot_with_the_port_away(*args: object, **kwargs: object) -> None:
        link.vanish()
        time.sleep(0.05)
        link.come_back()
        boot(*args, **kwargs)  # type: ignore[arg-type]

    link.node.boot = boot_with_the_port_away  # type: ignore[method-assign]
    assert node.reset().boot_nonce == before + 1
    assert link.reopened == 1
    link.close()


def test_a_stuck_port_is_the_devices_fault(link: FakeConnection) -> None:
    node = meet(link)
    link.stuck = True
    with pytest.raises(NodeSilent, match=r"taking \d+ bytes from FAKE7"):
        node.request("echo", b"x")


def test_a_broken_reader_is_not_taken_for_a_silent_node(link: FakeConnection) -> None:
    node = meet(link)

    def fail(_data: bytes) -> None:
        raise ZeroDivisionError

    node.tap(fail)
    with pytest.raises(RuntimeError, match=r"the reader of FAKE7 failed"):
        node.request("echo", b"x")


def test_the_link_needs_nothing_that_windows_lacks() -> None:
    """Third-party packages pick what they need by platform; our own modules must not."""
    program = """
import sys, serial, numpy, construct
class Block:
    def find_spec(self, name, path=None, target=None):
        if name in {"pty", "tty", "termios", "fcntl", "grp", "pwd", "resource", "posix"}:
            raise ImportError(name)
for name in ("pty", "tty", "termios", "fcntl", "grp", "pwd", "resource"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Block())
import harness.connection, harness.node, harness.node.panic
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2])
