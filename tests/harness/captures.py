"""Capture files written block by block, and frames header by header."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

ETHERNET, RAW, COOKED, COOKED_2, RADIOTAP = 1, 101, 113, 276, 127
IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
UDP, TCP = 17, 6


@dataclass
class Section:
    """A section of a pcapng file: blocks one after another, in one byte order."""

    order: str = "<"
    data: bytes = b""

    def __post_init__(self) -> None:
        self.block(0x0A0D0D0A, struct.pack(self.order + "IHHq", 0x1A2B3C4D, 1, 0, -1))

    def block(self, kind: int, body: bytes) -> None:
        body += bytes(-len(body) % 4)
        size = struct.pack(self.order + "I", 12 + len(body))
        self.data += struct.pack(self.order + "I", kind) + size + body + size

    def option(self, code: int, value: bytes) -> bytes:
        return struct.pack(self.order + "HH", code, len(value)) + value + bytes(-len(value) % 4)

    def interface(
        self, link: int, snap: int = 0, resolution: int | None = None, offset: int | None = None
    ) -> None:
        options = self.option(2, b"name0")
        if resolution is not None:
            options += self.option(9, bytes((resolution,)))
        if offset is not None:
            options += self.option(14, struct.pack(self.order + "q", offset))
        head = struct.pack(self.order + "HHI", link, 0, snap)
        self.block(1, head + options + self.option(0, b""))

    def enhanced(self, interface: int, ticks: int, frame: bytes, comment: bytes = b"") -> None:
        high, low = divmod(ticks, 1 << 32)
        head = struct.pack(self.order + "IIIII", interface, high, low, len(frame), len(frame))
        options = self.option(1, comment) + self.option(0, b"") if comment else b""
        self.block(6, head + frame + bytes(-len(frame) % 4) + options)

    def obsolete(self, interface: int, ticks: int, frame: bytes) -> None:
        high, low = divmod(ticks, 1 << 32)
        head = struct.pack(self.order + "HHIIII", interface, 9, high, low, len(frame), len(frame))
        self.block(2, head + frame)

    def simple(self, frame: bytes, snap: int | None = None) -> None:
        self.block(3, struct.pack(self.order + "I", len(frame)) + frame[:snap])


def pcap(link: int, frames: Iterable[bytes]) -> bytes:
    """A file of the older format, a millisecond between two frames."""
    records = [
        struct.pack("<IIII", 1000 + i // 1000, i % 1000 * 1000, len(frame), len(frame)) + frame
        for i, frame in enumerate(frames)
    ]
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link) + b"".join(records)


@dataclass(frozen=True)
class Way:
    """From where to where a datagram goes."""

    source: str = "10.0.0.1"
    destination: str = "10.0.0.2"
    port: int = 5005
    source_port: int = 4321

    @property
    def addresses(self) -> bytes:
        ends = (self.source, self.destination)
        return b"".join(ipaddress.ip_address(end).packed for end in ends)

    @property
    def is_v6(self) -> bool:
        return ":" in self.source


V4 = Way()
V6 = Way("2001:db8::1", "2001:db8::2")


def udp(payload: bytes, way: Way = V4) -> bytes:
    """A UDP datagram, header and payload; nobody looks at the checksum."""
    return struct.pack(">HHHH", way.source_port, way.port, 8 + len(payload), 0) + payload


def ip4(
    content: bytes, way: Way = V4, protocol: int = UDP, number: int = 1, flags: int = 0
) -> bytes:
    """An IPv4 packet. flags: with the fragment offset, as in the header."""
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(content), number, flags, 64, protocol, 0)
    return head + way.addresses + content


def ip6(content: bytes, way: Way = V6, protocol: int = UDP) -> bytes:
    return struct.pack(">IHBB", 6 << 28, len(content), protocol, 64) + way.addresses + content


def ip(payload: bytes, way: Way = V4) -> bytes:
    """A UDP datagram in an IP packet."""
    return (ip6 if way.is_v6 else ip4)(udp(payload, way), way)


def ethernet(packet: bytes, kind: int = IPV4, tags: Iterable[int] = ()) -> bytes:
    """An Ethernet frame, with VLAN tags of these types from the outside in."""
    return bytes(range(12)) + tagged(packet, kind, tags)


def cooked(packet: bytes, kind: int = IPV4, tags: Iterable[int] = ()) -> bytes:
    """A frame of Linux's cooked capture, version 1."""
    return struct.pack(">HHH8s", 0, 1, 6, b"sender") + tagged(packet, kind, tags)


def cooked_2(packet: bytes, kind: int = IPV4, tags: Iterable[int] = ()) -> bytes:
    """A frame of Linux's cooked capture, version 2: its protocol comes first."""
    chain = tagged(packet, kind, tags)
    return chain[:2] + struct.pack(">HIHBB8s", 0, 3, 1, 0, 6, b"sender") + chain[2:]


def tagged(packet: bytes, kind: int, tags: Iterable[int] = ()) -> bytes:
    chain = b"".join(struct.pack(">HH", tag, 0x2005) for tag in tags)
    return chain + struct.pack(">H", kind) + packet


@dataclass
class Extensions:
    """A chain of IPv6 extension headers in front of a payload."""

    protocol: int
    content: bytes
    headers: list[int] = field(default_factory=list)

    def packet(self, way: Way = V6) -> bytes:
        protocol, content = self.protocol, self.content
        for header in reversed(self.headers):
            # Authentication counts words less two, all others units of eight bytes less one.
            size = 4 if header == 51 else 1
            content = bytes((protocol, size)) + bytes(22 if header == 51 else 14) + content
            protocol = header
        return ip6(content, way, protocol)


def fragments4(payload: bytes, size: int, way: Way = V4, number: int = 7) -> list[bytes]:
    """A UDP datagram in IPv4 packets that hold `size` bytes of it each, a multiple of 8."""
    whole = udp(payload, way)
    return [
        ip4(whole[at : at + size], way, UDP, number, at // 8 | 0x2000 * (at + size < len(whole)))
        for at in range(0, len(whole), size)
    ]


def fragments6(payload: bytes, size: int, way: Way = V6, number: int = 7) -> list[bytes]:
    """As `fragments4`, behind a hop-by-hop header."""
    whole = udp(payload, way)
    packets = []
    for at in range(0, len(whole), size):
        word = at | (at + size < len(whole))
        fragment = struct.pack(">BBHI", UDP, 0, word, number) + whole[at : at + size]
        packets.append(ip6(struct.pack(">BB6x", 44, 0) + fragment, way, 0))
    return packets
