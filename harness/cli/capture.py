"""Where datagrams come from: capture files, a node's console, the network."""

from __future__ import annotations

import json
import queue
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dpkt

from harness.connection import connect_to
from harness.errors import BenchError
from harness.node.console import Console
from harness.node.framing import Event, Reply

DEFAULT_UDP_PORT = 5005
_SLICE_S = 0.2

_PCAP_MAGICS = (
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\xc3\xd4",
    b"\x4d\x3c\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x0a\x0d\x0d\x0a",  # pcapng
)


class NotACapture(BenchError):
    """A file that holds no datagrams in any form that is understood."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be read as a capture: {why}.",
            "Give a .pcap or .pcapng file, JSON lines with hex strings, a node's console log, "
            "or a .bin file with one datagram.",
        )
        self.path = path


@dataclass(frozen=True)
class Datagram:
    """What one packet should be in. `time` in seconds since 1970, None where nobody noted it."""

    data: bytes
    time: float | None
    source: str


@dataclass(frozen=True)
class Unreadable:
    """A record of a capture that does not even hold a datagram."""

    reason: str
    source: str


Item = Datagram | Unreadable


def from_file(path: Path, udp_port: int) -> Iterator[Item]:
    """Every datagram in a file; its kind is told by its content, then by its name.

    Raises: NotACapture.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head in _PCAP_MAGICS:
        return _from_pcap(path, udp_port)
    if path.suffix in (".jsonl", ".json", ".hex"):
        return _from_lines(path)
    if path.suffix in (".log", ".txt"):
        return _from_console_log(path)
    return iter([Datagram(path.read_bytes(), None, str(path))])


def from_port(port: str, baud: int, seconds: float | None) -> Iterator[Item]:
    """The packets a node mirrors on its console. Only listens; raises BenchError."""
    received: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    connection = connect_to(port, baud)
    connection.on_bytes = received.put
    connection.on_lost = lambda: received.put(None)
    found: list[Item] = []
    console = Console(lambda message: _keep_packet(message, time.time(), port, found))
    deadline = None if seconds is None else time.monotonic() + seconds
    connection.open()
    try:
        while deadline is None or time.monotonic() < deadline:
            try:
                data = received.get(timeout=_SLICE_S)
            except queue.Empty:
                continue
            if data is None:
                raise connection.lost("listening")
            console.feed(data)
            yield from found
            found.clear()
    finally:
        connection.close()


def from_udp(host: str, port: int, seconds: float | None) -> Iterator[Item]:
    """Every datagram that arrives at a UDP port of this machine."""
    deadline = None if seconds is None else time.monotonic() + seconds
    with socket.socket(
        socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM
    ) as udp:
        try:
            udp.bind((host, port))
        except OSError as error:
            raise BenchError(f"UDP port {port} cannot be listened to: {error.strerror}.") from None
        udp.settimeout(_SLICE_S)
        while deadline is None or time.monotonic() < deadline:
            try:
                data, peer = udp.recvfrom(65536)
            except TimeoutError:
                continue
            yield Datagram(data, time.time(), f"{peer[0]}:{peer[1]}")


def _from_pcap(path: Path, udp_port: int) -> Iterator[Item]:
    with path.open("rb") as file:
        try:
            reader = dpkt.pcap.UniversalReader(file)
            for number, (stamp, frame) in enumerate(reader, 1):
                yield from _udp_payload(
                    reader.datalink(), frame, stamp, f"frame {number}", udp_port
                )
        except (ValueError, dpkt.dpkt.Error) as error:
            raise NotACapture(path, str(error) or "the file is damaged") from None


def _udp_payload(
    link: int, frame: bytes, stamp: float, source: str, udp_port: int
) -> Iterator[Item]:
    """The payload of a UDP frame to `udp_port` (0: to any); nothing for any other frame."""
    link_layer = {
        dpkt.pcap.DLT_EN10MB: dpkt.ethernet.Ethernet,
        dpkt.pcap.DLT_LINUX_SLL: dpkt.sll.SLL,
        dpkt.pcap.DLT_LINUX_SLL2: dpkt.sll2.SLL2,
        dpkt.pcap.DLT_NULL: dpkt.loopback.Loopback,
        dpkt.pcap.DLT_RAW: dpkt.ip.IP,
    }.get(link)
    if link_layer is None:
        yield Unreadable(f"link type {link} is not understood", source)
        return
    try:
        packet = link_layer(frame)
    except dpkt.dpkt.Error as error:
        yield Unreadable(f"damaged frame: {error}", source)
        return
    network = packet if isinstance(packet, dpkt.ip.IP) else getattr(packet, "data", None)
    if not isinstance(network, dpkt.ip.IP | dpkt.ip6.IP6):
        return
    udp = network.data
    if isinstance(udp, dpkt.udp.UDP) and udp_port in (0, udp.dport):
        yield Datagram(bytes(udp.data), float(stamp), source)


def _from_lines(path: Path) -> Iterator[Item]:
    """A datagram a line: a hex string, bare, in quotes, or as `hex` or `data` of an object."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            source = f"line {number}"
            if not line.strip():
                continue
            stamp, text = None, line.strip()
            if text[0] in '"{':
                try:
                    stamp, text = _json_datagram(json.loads(text))
                except ValueError as error:
                    yield Unreadable(f"not a datagram: {error}", source)
                    continue
            try:
                yield Datagram(bytes.fromhex(text), stamp, source)
            except ValueError:
                yield Unreadable("not a hex string", source)


def _json_datagram(value: object) -> tuple[float | None, str]:
    if isinstance(value, str):
        return None, value
    if isinstance(value, dict):
        text = value.get("hex", value.get("data"))
        stamp = value.get("time")
        if isinstance(text, str):
            return float(stamp) if isinstance(stamp, int | float) else None, text
    raise ValueError("neither a string nor an object with hex or data")


def _from_console_log(path: Path) -> Iterator[Item]:
    """The packets that a node mirrored on the console that `path` is a recording of."""
    found: list[Item] = []
    console = Console(lambda message: _keep_packet(message, None, path.name, found), keep=0)
    with path.open("rb") as file:
        while chunk := file.read(1 << 16):
            console.feed(chunk)
            yield from found
            found.clear()


def _keep_packet(
    message: Reply | Event, stamp: float | None, source: str, found: list[Item]
) -> None:
    if isinstance(message, Event) and message.name == "packet":
        found.append(Datagram(message.payload, stamp, f"{source} event {message.seq}"))
