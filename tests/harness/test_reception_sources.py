"""The network, a console, a capture file: the same packets through one interface."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.cli.app import run_cli
from harness.errors import BenchError, ConnectionLost, NodeSilent
from harness.node.framing import Event, encode_event
from harness.sensing.node import SensingNode
from harness.sensing.reception.capture_file import from_file
from harness.sensing.reception.console import NodeSource, console_reader
from harness.sensing.reception.item import Datagram, Item, LinesLost, NodeStarted, Unreadable
from harness.sensing.reception.reception import Reception
from harness.sensing.reception.recording import CannotRecord, Recording
from harness.sensing.reception.source import listen
from harness.sensing.reception.udp import UdpSource
from tests.harness.fake_device import FakeConnection, FakeNode
from tests.harness.patience import PATIENCE_S
from tests.schema.examples import EXAMPLES

ROOT = Path(__file__).parents[2]
DATAGRAMS = [data for _, data in EXAMPLES]


def send(port: int, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for data in datagrams:
            out.sendto(data, ("127.0.0.1", port))


def test_what_had_arrived_when_it_ends_is_delivered() -> None:
    source = UdpSource("127.0.0.1", 0)
    heard: list[object] = []
    source.start(heard.append)
    send(source.port, *DATAGRAMS * 20)
    source.stop()
    assert [item.data for item in heard if isinstance(item, Datagram)] == DATAGRAMS * 20
    assert {item.sender for item in heard if isinstance(item, Datagram)} == {"127.0.0.1"}
    assert {item.source for item in heard if isinstance(item, Datagram)} == {source.name}


@pytest.fixture
def flood() -> Iterator[Callable[[int], None]]:
    """Sends to a port, as fast as it can, until the test is over."""
    over = threading.Event()
    senders: list[threading.Thread] = []

    def run(port: int) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            while not over.is_set():
                out.sendto(b"x" * 32, ("127.0.0.1", port))

    def begin(port: int) -> None:
        senders.append(threading.Thread(target=run, args=(port,), daemon=True))
        senders[-1].start()

    yield begin
    over.set()
    for sender in senders:
        sender.join()


def in_time(what: Callable[[], object], seconds: float = 60.0) -> None:
    worker = threading.Thread(target=what, daemon=True)
    worker.start()
    worker.join(seconds)
    assert not worker.is_alive(), "the flood holds it up"


def test_a_flood_holds_up_neither_beginning_nor_end(flood: Callable[[int], None]) -> None:
    source = UdpSource("127.0.0.1", 0)
    source.claim()
    flood(source.port)
    in_time(lambda: source.start(lambda _item: None))
    in_time(source.stop)
    source.release()


def test_a_flood_does_not_hold_up_who_collects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever one datagram has been looked at, the next one is there."""
    reception = Reception([])
    datagram = Datagram(b"x", 0.0, "udp 1", sender="127.0.0.1", sender_port=1)
    over = threading.Event()
    monkeypatch.setattr(
        reception.checker,
        "take",
        lambda item: None if over.is_set() else reception._heard.put(item),
    )
    reception._heard.put(datagram)
    try:
        in_time(reception.collect)
    finally:
        over.set()


def test_a_claimed_port_is_kept_and_what_came_unheard_is_thrown_away() -> None:
    source = UdpSource("127.0.0.1", 0)
    source.claim()
    port = source.port
    for heard in ([], []):
        send(port, *DATAGRAMS)  # nobody listens
        items: list[object] = heard
        source.start(items.append)
        send(port, DATAGRAMS[0])
        source.stop()
        assert [item.data for item in items if isinstance(item, Datagram)] == DATAGRAMS[:1]
        with pytest.raises(BenchError, match="Is another program listening there"):
            UdpSource("127.0.0.1", port).claim()
    source.release()
    again = UdpSource("127.0.0.1", port)
    again.claim()
    again.release()


def test_a_udp_port_that_is_taken_is_one_sentence() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(BenchError, match=f"UDP port {port} cannot be listened to"):
            list(listen([UdpSource("127.0.0.1", port)], 1.0))


def test_console_lines_that_are_damaged_or_missing() -> None:
    items: list[Item] = []
    console = console_reader("COM8", items.append, clock=lambda: 5.0)
    lines = [encode_event(Event(n, "packet", DATAGRAMS[0])) for n in range(1, 8)]
    damaged = lines[1][:40] + b"~" + lines[1][41:]
    for data in (b"I (1) boot: log\n", lines[0], damaged, lines[2], lines[6]):
        console.feed(data)
    console.feed(encode_event(Event(1, "boot", b"no report")) + lines[1])
    assert items == [
        Datagram(DATAGRAMS[0], 5.0, "COM8", "event 1"),
        Unreadable("damaged console line", "COM8"),
        LinesLost(1, "COM8", "event 3"),
        Datagram(DATAGRAMS[0], 5.0, "COM8", "event 3"),
        LinesLost(3, "COM8", "event 7"),
        Datagram(DATAGRAMS[0], 5.0, "COM8", "event 7"),
        NodeStarted("COM8", "event 1"),
        Datagram(DATAGRAMS[0], 5.0, "COM8", "event 2"),
    ]


@pytest.fixture
def fake() -> FakeNode:
    return FakeNode()


@pytest.fixture
def reception(fake: FakeNode) -> Reception:
    node = SensingNode(FakeConnection(fake))
    node.connection.open()
    fake.power_on()
    node.wait_boot()
    return Reception([NodeSource(node, "the node"), UdpSource("127.0.0.1", 0)])


def test_a_node_s_mirror_and_the_network_come_through_one_reception(
    fake: FakeNode, reception: Reception
) -> None:
    with reception:
        udp = reception.sources[1]
        assert isinstance(udp, UdpSource)
        fake.event("packet", DATAGRAMS[0])
        send(udp.port, DATAGRAMS[1])
        packets = reception.wait_for(lambda p: len(p) == 2, "waiting for two", PATIENCE_S)
        assert {packet.encode() for packet in packets} == set(DATAGRAMS[:2])
        fake.event("packet", DATAGRAMS[2][:-1])
        with pytest.raises(NodeSilent, match="waiting for one more"):
            reception.wait_for(bool, "waiting for one more", 0.3)
    assert [refused.reason for refused in reception.refused] == ["short"]
    fake.event("packet", DATAGRAMS[0])
    assert reception.collect() == [], "it still listens"


def test_a_port_that_vanishes_ends_listening_after_what_had_come() -> None:
    event = encode_event(Event(1, "packet", DATAGRAMS[0]))
    with socket.create_server(("127.0.0.1", 0)) as server:
        from harness.sensing.reception.console import ConsoleSource

        source = ConsoleSource(f"socket://127.0.0.1:{server.getsockname()[1]}", 115200)
        source._connection.reopen_s = 0.0
        items = listen([source], None)
        got: list[Item] = []
        with pytest.raises(ConnectionLost):
            for item in _with_peer(server, items, event):
                got.append(item)
    assert [item.data for item in got if isinstance(item, Datagram)] == [DATAGRAMS[0]]


def _with_peer(server: socket.socket, items, event: bytes):  # type: ignore[no-untyped-def]
    import threading

    def serve() -> None:
        peer, _ = server.accept()
        with peer:
            peer.sendall(event)

    threading.Thread(target=serve, daemon=True).start()
    yield from items


@pytest.mark.parametrize("sender", ["10.0.0.7", "2001:db8::7", None])
def test_a_recording_gives_back_what_was_written(tmp_path: Path, sender: str | None) -> None:
    file = tmp_path / "a.pcap"
    datagrams = [*DATAGRAMS, b"", b"\x00", bytes(range(256)) * 16]
    with Recording(file, 5005) as recording:
        for i, data in enumerate(datagrams):
            recording.write(Datagram(data, 1_700_000_000.25 + i, "x", "", sender, 40_000))
            # on disk at once, whatever happens next
            assert len(list(from_file(file, 5005))) == i + 1
    found = [item for item in from_file(file, 5005) if isinstance(item, Datagram)]
    assert [item.data for item in found] == datagrams
    assert [item.time for item in found] == [1_700_000_000.25 + i for i in range(len(datagrams))]
    senders = {(item.sender, item.sender_port) for item in found[: len(DATAGRAMS)]}
    if sender is None:  # a console has no address: one is made up of each node's id
        assert all(str(made_up).startswith("192.0.2.") for made_up, _ in senders)
    else:
        assert senders == {(sender, 40_000)}


def test_a_recording_has_the_checksums_that_other_readers_ask_for(tmp_path: Path) -> None:
    import dpkt

    file = tmp_path / "a.pcap"
    with Recording(file, 5005) as recording:
        recording.write(Datagram(DATAGRAMS[0], 1.0, "COM8"))
    with file.open("rb") as data:
        ((_, frame),) = list(dpkt.pcap.Reader(data))
    ip = dpkt.ip.IP(frame)
    assert dpkt.dpkt.in_cksum(frame[:20]) == 0
    assert socket.inet_ntoa(ip.src) == "192.0.2.7"
    pseudo = ip.src + ip.dst + b"\0\x11" + len(ip.data).to_bytes(2, "big")
    assert dpkt.dpkt.in_cksum(pseudo + bytes(ip.data)) == 0


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotRecord, match="cannot be written"):
        Recording(tmp_path / "file" / "a.pcap", 5005)


def test_the_folder_of_a_recording_is_made(tmp_path: Path) -> None:
    file = tmp_path / "build" / "heard" / "a.pcap"
    with Recording(file, 5005) as recording:
        recording.write(Datagram(DATAGRAMS[0], 1.0, "COM8"))
    assert file.stat().st_size > len(DATAGRAMS[0])


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C of another process: POSIX only")
def test_ctrl_c_ends_a_recording_and_loses_nothing(tmp_path: Path) -> None:
    import signal

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    file = tmp_path / "a.pcap"
    command = [sys.executable, "-m", "harness.cli", "record", str(file), "--udp", f"{port}"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as hil:
        deadline = time.monotonic() + PATIENCE_S
        while not file.exists() or file.stat().st_size <= 24:
            assert time.monotonic() < deadline and hil.poll() is None
            send(port, DATAGRAMS[0])
            time.sleep(0.05)
        before = len(list(from_file(file, 5005)))
        send(port, *DATAGRAMS * 30)
        hil.send_signal(signal.SIGINT)
        out, err = hil.communicate(timeout=PATIENCE_S)
    heard = [item for item in from_file(file, 5005) if isinstance(item, Datagram)]
    assert {item.sender for item in heard} == {"127.0.0.1"}
    recorded = [item.data for item in heard]
    assert recorded[-len(DATAGRAMS) * 30 :] == DATAGRAMS * 30
    assert len(recorded) >= before
    assert hil.returncode == 0, err
    assert f"{len(recorded)} datagrams in {file}" in out
    assert "feature_state" in err and "Traceback" not in err


def test_what_cannot_be_heard_overwrites_no_recording(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "heard.pcap"
    file.write_bytes(b"of yesterday")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 0))
        port = str(taken.getsockname()[1])
        assert run_cli(["record", "--force", "--udp", port, str(file)]) == 2
    assert "cannot be listened to" in capsys.readouterr().err
    assert file.read_bytes() == b"of yesterday"
