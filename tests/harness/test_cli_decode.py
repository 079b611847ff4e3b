"""`hil decode`: every source, every kind of damage, and what it says."""

from __future__ import annotations

import dataclasses
import json
import socket
import struct
import sys
import threading
from itertools import chain
from pathlib import Path
from typing import Any

import dpkt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cli.app import run_cli
from harness.node.framing import Event, encode_event
from harness.sensing.cli.decode import as_plain
from harness.sensing.reception.checker import StreamChecker
from harness.sensing.reception.item import Datagram
from kernels_ref.packets import TemporalClassification
from tests.harness.captures import ARP, V4, ethernet, ip, ip4, pcap

PACKET = TemporalClassification(
    version=1,
    n_classes=4,
    node_id=7,
    feed=0,
    reserved=bytes(2),
    ts_us=5_000_000,
    seq=1,
    argmax=2,
    reserved2=bytes(3),
    top_logit=0.5,
    top1_minus_top2=0.25,
)
GOOD = PACKET.encode()
DAMAGED = GOOD[:10] + b"\x01" + GOOD[11:]


def lines(capsys: pytest.CaptureFixture[str]) -> tuple[list[dict[str, Any]], str]:
    """The JSON lines, and what was said beside them."""
    captured = capsys.readouterr()
    return [json.loads(line) for line in captured.out.splitlines()], captured.err


def udp_frame(payload: bytes, port: int) -> bytes:
    """An Ethernet frame with a UDP datagram to `port`."""
    udp = dpkt.udp.UDP(sport=1234, dport=port, data=payload, ulen=8 + len(payload))
    ip = dpkt.ip.IP(src=b"\x0a\0\0\x01", dst=b"\x0a\0\0\x02", p=dpkt.ip.IP_PROTO_UDP, data=udp)
    ip.len = 20 + 8 + len(payload)
    return bytes(dpkt.ethernet.Ethernet(data=ip, type=dpkt.ethernet.ETH_TYPE_IP))


@pytest.mark.parametrize("writer", [dpkt.pcap.Writer, dpkt.pcapng.Writer])
def test_a_capture_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], writer: type) -> None:
    file = tmp_path / "capture"  # told by its content, not by its name
    with file.open("wb") as out:
        capture = writer(out)
        capture.writepkt(udp_frame(GOOD, 5005), ts=1000.5)
        capture.writepkt(udp_frame(b"\x00" * 40, 53), ts=1000.6)  # somebody else's
        capture.writepkt(b"\xff" * 6 + b"\x00" * 6 + b"\x08\x06" + bytes(28), ts=1000.7)  # ARP
        capture.writepkt(udp_frame(DAMAGED, 5005), ts=1000.8)
    assert run_cli(["decode", "--json", str(file)]) == 1
    packets, said = lines(capsys)
    assert [p["source"] for p in packets] == ["capture frame 1", "capture frame 4"]
    assert packets[0]["packet"] == "temporal_classification"
    assert packets[0]["fields"]["argmax"] == 2 and packets[0]["time"] == 1000.5
    assert packets[1]["error"] == "bad CRC"
    assert "1 decoded: 1 temporal_classification" in said
    assert "1 not decodable: bad CRC" in said


def test_every_port_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.pcap"
    with file.open("wb") as out:
        dpkt.pcap.Writer(out).writepkt(udp_frame(GOOD, 9999))
    assert run_cli(["decode", "--json", str(file)]) == 1  # nothing was there
    assert lines(capsys)[0] == []
    assert run_cli(["decode", "--json", "--udp-port", "0", str(file)]) == 0
    assert len(lines(capsys)[0]) == 1


def test_datagrams_to_other_ports_are_counted_and_the_option_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.pcap"
    with file.open("wb") as out:
        capture = dpkt.pcap.Writer(out)
        for port, payload in ((6006, GOOD), (6006, GOOD), (7007, GOOD), (53, b"q"), (123, b"t")):
            capture.writepkt(udp_frame(payload, port))
    assert run_cli(["decode", str(file)]) == 1
    said = capsys.readouterr().err
    assert "0 decoded" in said
    assert "2 datagrams went to port 6006; --udp-port 6006 reads them" in said
    assert "1 datagram went to port 7007; --udp-port 7007 reads them" in said
    assert "datagrams to other ports: 1 to 53, 1 to 123" in said
    assert run_cli(["decode", "--udp-port", "6006", str(file)]) == 0
    assert "2 decoded" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (pcap(1, []), "a.pcap", "nothing came that could be decoded"),
        (
            pcap(1, [ethernet(bytes(28), ARP)] * 2 + [ethernet(ip4(bytes(20), protocol=6))]),
            "a.pcap",
            "it holds no datagram of a node, only 2 ARP, 1 TCP",
        ),
        (b"I (5) boot\nI (6) hello\n", "a.log", "no datagram of a node, only 2 lines of a console"),
        (b"\n\n", "a.jsonl", "nothing came that could be decoded"),
    ],
)
def test_when_nothing_was_decoded_there_is_a_word_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, name: str, why: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert run_cli(["decode", str(file)]) == 1
    said = capsys.readouterr().err
    assert "0 decoded" in said and why in said


def test_rows_of_channel_state_are_for_import(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "my board.csv"
    file.write_text('CSI_DATA,7,aa:bb:cc:dd:ee:ff,-61,11,"[3,-4,5,-6]"\n' * 3)
    assert run_cli(["decode", str(file)]) == 2
    said = capsys.readouterr().err
    assert "CSI_DATA rows" in said and "hil import" in said and "\n" not in said.strip()


def test_senders_are_shown_and_tell_nodes_of_one_id_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = [dataclasses.replace(V4, source=f"192.0.2.{end}") for end in (11, 12)]
    file = tmp_path / "a.pcap"
    results = [dataclasses.replace(PACKET, seq=n).encode() for n in (10, 11, 12)]
    file.write_bytes(pcap(1, [ethernet(ip(data, way)) for data in results for way in ways]))
    assert run_cli(["decode", "--json", str(file)]) == 0
    packets, said = lines(capsys)
    assert [packet["address"] for packet in packets] == ["192.0.2.11", "192.0.2.12"] * 3
    assert "2 addresses use node id 7: 192.0.2.11, 192.0.2.12" in said
    for end in (11, 12):
        assert f"node 7 at 192.0.2.{end} temporal_classification: 3, 500 a second" in said
    assert "missing" not in said and "twice" not in said
    assert run_cli(["decode", str(file)]) == 0
    table = capsys.readouterr().out
    assert table.count("192.0.2.11") == table.count("192.0.2.12") == 3


def test_a_restart_shows_from_where_to_where_the_numbers_ran(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.jsonl"
    runs = [range(50_000, 50_004), range(101, 105)]
    file.write_text(
        "\n".join(dataclasses.replace(PACKET, seq=n).encode().hex() for n in chain(*runs))
    )
    assert run_cli(["decode", str(file)]) == 0
    said = capsys.readouterr().err
    assert "numbers 50000 to 50003, then 101 to 104" in said
    assert "the sequence restarted 1 times" in said and "twice" not in said


def test_a_capture_that_is_cut_off_keeps_what_came_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.pcap"
    with file.open("wb") as out:
        capture = dpkt.pcap.Writer(out)
        capture.writepkt(udp_frame(GOOD, 5005))
        capture.writepkt(udp_frame(GOOD, 5005))
    whole = file.read_bytes()
    record = (len(whole) - 24) // 2
    for cut, why in ((20, "kept only a part"), (record - 5, "is damaged from here on")):
        file.write_bytes(whole[:-cut])
        assert run_cli(["decode", "--json", str(file)]) == 1
        packets, said = lines(capsys)
        assert packets[0]["packet"] == "temporal_classification"
        assert why in packets[1]["error"] and why in said


def test_what_is_no_capture_is_said_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for content, name, why in (
        (b"", "a.bin", "it is empty"),
        (b"any bytes", "a.pcap", "it does not begin as one"),
        (b"\xd4\xc3\xb2\xa1" + bytes(16), "a.pcap", "24 needed at least"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        assert run_cli(["decode", str(file)]) == 2
        said = capsys.readouterr().err
        assert why in said and "\n" not in said.strip()


@pytest.mark.parametrize("stamp", ["1e300", "-1e18", "NaN", "1e400", "-Infinity"])
def test_a_time_that_no_calendar_has_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stamp: str
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(f'{{"time": {stamp}, "hex": "{GOOD.hex()}"}}\n')
    assert run_cli(["decode", str(file)]) == 0
    assert "temporal_classification" in capsys.readouterr().out
    assert run_cli(["decode", "--json", str(file)]) == 0
    assert lines(capsys)[0][0]["time"] is None


def test_json_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.jsonl"
    rows = [
        json.dumps(GOOD.hex()),
        GOOD.hex(),
        json.dumps({"hex": GOOD.hex(), "time": 5, "address": "192.0.2.7"}),
        "",
        "not hex",
        json.dumps({"something": "else"}),
        "{broken",
    ]
    file.write_text("\n".join(rows))
    assert run_cli(["decode", "--json", str(file)]) == 1
    packets, _ = lines(capsys)
    assert [p.get("packet") for p in packets[:3]] == ["temporal_classification"] * 3
    assert (packets[2]["time"], packets[2]["address"]) == (5, "192.0.2.7")
    assert [p["address"] for p in packets[:2]] == [None, None]
    assert ["error" in p for p in packets] == [False, False, False, True, True, True]


def test_a_console_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "console.log"
    event = encode_event(Event(9, "packet", GOOD))
    file.write_bytes(b"I (1) boot: hello\n" + event + b"\xff\xfe noise\n" + event[:-3])
    assert run_cli(["decode", "--json", str(file)]) == 0
    assert [p["source"] for p in lines(capsys)[0]] == ["console.log event 9"]


def test_a_console_log_with_rows_of_channel_state_between_the_packets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "console.log"
    rows = b'CSI_DATA,1,aa:bb:cc:dd:ee:ff,-61,"[3,-4]"\n' * 5
    file.write_bytes(rows + encode_event(Event(9, "packet", GOOD)) + rows)
    assert run_cli(["decode", "--json", str(file)]) == 0
    assert [p["packet"] for p in lines(capsys)[0]] == ["temporal_classification"]


def test_one_datagram_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "packet.bin"
    file.write_bytes(GOOD)
    assert run_cli(["decode", str(file)]) == 0
    out = capsys.readouterr().out
    assert "temporal_classification" in out and "argmax=2" in out


def test_the_network(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stop = threading.Event()

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            while not stop.wait(0.05):
                out.sendto(GOOD, ("127.0.0.1", port))

    sender = threading.Thread(target=send)
    sender.start()
    try:
        assert run_cli(["decode", "--udp", f"127.0.0.1:{port}", "--count", "2", "--json"]) == 0
    finally:
        stop.set()
        sender.join()
    packets, said = lines(capsys)
    assert [p["packet"] for p in packets] == ["temporal_classification"] * 2
    assert {(p["address"], p["source"]) for p in packets} == {("127.0.0.1", f"udp {port}")}
    assert "node 7 at 127.0.0.1 temporal_classification: 2" in said


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is an address on Linux only")
@pytest.mark.parametrize(("listens", "hears"), [("", False), ("0.0.0.0:", True)])
def test_only_this_machine_is_heard_unless_it_is_told_otherwise(
    listens: str, hears: bool, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """127.0.0.2 stands for any other address of this machine, at which boards reach it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for command in (["decode"], ["record", str(tmp_path / f"{hears}.pcap")]):
        over = threading.Event()

        def send(over: threading.Event = over) -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                while not over.wait(0.05):
                    out.sendto(GOOD, ("127.0.0.2", port))

        sender = threading.Thread(target=send)
        sender.start()
        try:
            status = run_cli([*command, "--udp", f"{listens}{port}", "--seconds", "1"])
        finally:
            over.set()
            sender.join()
        said = capsys.readouterr().err
        assert status == (0 if hears else 1), said
        sentence = (
            f"only datagrams of this machine are heard at port {port}; boards are heard with --udp "
        )
        assert (sentence + f"0.0.0.0:{port}" in said) is not hears


def test_a_port(capsys: pytest.CaptureFixture[str]) -> None:
    event = encode_event(Event(3, "packet", GOOD))
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                peer.sendall(b"I (5) log\n" + event[:20])
                peer.sendall(event[20:])
                peer.recv(1)  # until the other side closes

        threading.Thread(target=serve, daemon=True).start()
        port = f"socket://127.0.0.1:{server.getsockname()[1]}"
        assert run_cli(["decode", "--port", port, "--count", "1", "--json"]) == 0
    assert lines(capsys)[0][0]["fields"]["seq"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give one of: FILE, --port, --udp."),
        (["--udp", "x"], "--udp x is not [ADDRESS:]PORT."),
        (["--udp", "70000"], "--udp 70000 is not [ADDRESS:]PORT."),
        (["--udp", "0"], "--udp 0 is not [ADDRESS:]PORT."),
        (["--udp", "no.such.invalid:5005"], "UDP port 5005 of no.such.invalid cannot be"),
        (["--udp", "5005", "--seconds", "0"], "0 is not above 0."),
        (["--udp", "5005", "--seconds", "-1"], "-1 is not above 0."),
        (["--udp", "5005", "--seconds", "nan"], "nan is not above 0."),
        (["--udp", "5005", "--count", "0"], "0 is not in the range"),
        (["--seconds", "1", __file__], "--seconds is for --port and --udp."),
        (["--udp", "5005", "--port", "COM1"], "Give one of"),
        (["--port", "/dev/no-such-port"], "Port /dev/no-such-port cannot be used"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run_cli(["decode", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said and "Traceback" not in said


@given(st.binary(max_size=80))
@settings(max_examples=500)
def test_any_bytes_are_a_packet_or_a_reason(data: bytes) -> None:
    checker = StreamChecker()
    plain = as_plain(checker.take(Datagram(data, None, "x")))
    json.dumps(plain, allow_nan=False)
    assert ("packet" in plain and "fields" in plain) or plain["error"]
    assert checker.decoded.total() + checker.refused.total() == 1


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(position: int, change: int) -> None:
    data = bytearray(GOOD)
    data[position] ^= change
    assert "error" in as_plain(StreamChecker().take(Datagram(bytes(data), None, "x")))


@given(st.binary(max_size=200))
def test_a_file_of_any_bytes_hangs_and_crashes_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.mktemp("any") / "a.pcap"
    for head in (b"", struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)):
        file.write_bytes(head + data)
        assert run_cli(["decode", "--json", str(file)]) in (0, 1, 2)
