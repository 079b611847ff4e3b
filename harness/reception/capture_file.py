"""Capture files: pcap and pcapng, JSON lines, a node's console log, a single datagram."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dpkt

from harness.errors import BenchError
from harness.reception.console import console_reader
from harness.reception.item import Datagram, Item, Unreadable

DEFAULT_UDP_PORT = 5005

_PCAP_MAGICS = (
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\xc3\xd4",
    b"\x4d\x3c\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x0a\x0d\x0d\x0a",  # pcapng
)


LINKTYPE_RAW = 101  # a frame is an IP packet
_RAW_IP = (LINKTYPE_RAW, dpkt.pcap.DLT_RAW, 14)
_LINK_LAYERS = {
    dpkt.pcap.DLT_EN10MB: dpkt.ethernet.Ethernet,
    dpkt.pcap.DLT_LINUX_SLL: dpkt.sll.SLL,
    dpkt.pcap.DLT_LINUX_SLL2: dpkt.sll2.SLL2,
    dpkt.pcap.DLT_NULL: dpkt.loopback.Loopback,
}
_IP = (dpkt.ip.IP, dpkt.ip6.IP6)
_UDP_HEADER = 8
_LAST_MOMENT = 253_370_764_800  # the year 9999


class NotACapture(BenchError):
    """A file that holds no datagrams in any form that is understood."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be read as a capture: {why}.",
            "Give a .pcap or .pcapng file, JSON lines with hex strings, a node's console log, "
            "or a .bin file with one datagram.",
        )
        self.path = path


def from_file(path: Path, udp_port: int) -> Iterator[Item]:
    """Every datagram in a file; its kind is told by its content, then by its name.

    Raises: NotACapture.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head in _PCAP_MAGICS:
        return _from_pcap(path, udp_port)
    if not head:
        raise NotACapture(path, "it is empty")
    if path.suffix in (".pcap", ".pcapng"):
        raise NotACapture(path, "it does not begin as one")
    if path.suffix in (".jsonl", ".json", ".hex"):
        return _from_lines(path)
    if path.suffix in (".log", ".txt"):
        return _from_console_log(path)
    return iter([Datagram(path.read_bytes(), None, path.name)])


def _from_pcap(path: Path, udp_port: int) -> Iterator[Item]:
    with path.open("rb") as file:
        try:
            reader = dpkt.pcap.UniversalReader(file)
        except (ValueError, dpkt.dpkt.Error) as error:
            raise NotACapture(path, str(error) or "the file is damaged") from None
        number = 0
        try:
            for number, (stamp, frame) in enumerate(reader, 1):
                link = reader.datalink()
                yield from _udp_payload(link, frame, stamp, path.name, f"frame {number}", udp_port)
        except (ValueError, dpkt.dpkt.Error):
            yield Unreadable("the file is damaged from here on", path.name, f"frame {number + 1}")


def _udp_payload(
    link: int, frame: bytes, stamp: float, source: str, place: str, udp_port: int
) -> Iterator[Item]:
    """The payload of a UDP frame to `udp_port` (0: to any); nothing for any other frame."""
    if link in _RAW_IP and frame[:1] and frame[0] >> 4 not in (4, 6):
        yield Unreadable("damaged frame: not IP", source, place)
        return
    link_layer = _LINK_LAYERS.get(link) if link not in _RAW_IP else _ip_version(frame)
    if link_layer is None:
        yield Unreadable(f"link type {link} is not understood", source, place)
        return
    try:
        packet = link_layer(frame)
    except Exception as error:  # noqa: BLE001 - the library reads every protocol, each its own way
        yield Unreadable(f"damaged frame: {type(error).__name__}", source, place)
        return
    network = packet if isinstance(packet, _IP) else getattr(packet, "data", None)
    if not isinstance(network, _IP):
        return
    udp = network.data
    if not isinstance(udp, dpkt.udp.UDP) or udp_port not in (0, udp.dport):
        return
    length = udp.ulen - _UDP_HEADER
    if isinstance(network, dpkt.ip.IP) and network.mf:
        yield Unreadable("a datagram in fragments is not put together", source, place)
    elif length > len(udp.data):
        yield Unreadable("the capture kept only a part of the datagram", source, place)
    else:
        # some stacks leave the length to the card that would have filled it in
        data = bytes(udp.data)[:length] if length > 0 else bytes(udp.data)
        sender = str(ipaddress.ip_address(network.src))
        yield Datagram(data, _moment(float(stamp)), source, place, sender)


def _moment(stamp: float) -> float | None:
    """None for what is no time that a calendar has."""
    return stamp if 0 <= stamp < _LAST_MOMENT else None


def _ip_version(frame: bytes) -> Any:
    return dpkt.ip6.IP6 if frame[:1] and frame[0] >> 4 == 6 else dpkt.ip.IP


def _from_lines(path: Path) -> Iterator[Item]:
    """A datagram a line: a hex string, bare, in quotes, or as `hex` or `data` of an object."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            source, place = path.name, f"line {number}"
            if not line.strip():
                continue
            stamp, text = None, line.strip()
            if text[0] in '"{':
                try:
                    stamp, text = _json_datagram(json.loads(text))
                except ValueError as error:
                    yield Unreadable(f"not a datagram: {error}", source, place)
                    continue
            try:
                yield Datagram(bytes.fromhex(text), stamp, source, place)
            except ValueError:
                yield Unreadable("not a hex string", source, place)


def _json_datagram(value: object) -> tuple[float | None, str]:
    if isinstance(value, str):
        return None, value
    if isinstance(value, dict):
        text = value.get("hex", value.get("data"))
        stamp = value.get("time")
        if isinstance(text, str):
            return _moment(stamp) if isinstance(stamp, int | float) else None, text
    raise ValueError("neither a string nor an object with hex or data")


def _from_console_log(path: Path) -> Iterator[Item]:
    """The packets that a node mirrored on the console that `path` is a recording of."""
    found: list[Item] = []
    console = console_reader(path.name, found.append, clock=lambda: None)
    with path.open("rb") as file:
        while chunk := file.read(1 << 16):
            console.feed(chunk)
            yield from found
            found.clear()
