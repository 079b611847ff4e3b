"""From a captured frame to the UDP datagram in it: link layer, VLAN tags, IP, fragments.

Only the way to UDP is read; what else a frame may hold is named and passed over.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from harness.sensing.reception.fragments import Assembly, Fragment, Fragments
from harness.sensing.reception.item import (
    CapturedFrame,
    Datagram,
    Item,
    OtherPort,
    PassedOver,
    Unreadable,
)

LINKTYPE_RAW = 101  # a frame is an IP packet

_RAW_IP = (12, 14, LINKTYPE_RAW, 228, 229)
_ETHERNET, _COOKED, _COOKED_2, _LOOPBACK = 1, 113, 276, (0, 108)
_LINK_NAMES = {105: "802.11", 119: "802.11, Prism", 127: "802.11, radiotap", 192: "802.11, PPI"}
_IPV4, _IPV6, _PPPOE = 0x0800, 0x86DD, 0x8864
_VLAN = (0x8100, 0x88A8, 0x9100, 0x9200)
_MPLS = (0x8847, 0x8848)
_PPP = {0x0021: _IPV4, 0x0057: _IPV6}
_SNAP = bytes.fromhex("aaaa03000000")
_MAX_802_3 = 1500  # up to here a frame's type is its length
_ETHERTYPE_NAMES = {0x0806: "ARP", 0x88CC: "LLDP", 0x888E: "EAPOL"}
_UDP, _AUTHENTICATION, _IPV6_FRAGMENT = 17, 51, 44
_IPV6_EXTENSIONS = (0, 43, _AUTHENTICATION, 60, 135, 139, 140)
_PROTOCOL_NAMES = {1: "ICMP", 2: "IGMP", 6: "TCP", 50: "ESP", 58: "ICMPv6", 132: "SCTP"}
_UDP_HEADER = 8
_IPV6_ADDRESS = 16
_KEPT_A_PART = "the capture kept only a part of the datagram"


class _BadFrame(Exception):
    """A frame that cannot be read to its end; the argument is the reason."""


class _NoUdp(Exception):
    """A frame that holds something else; the argument is its kind."""


@dataclass(frozen=True)
class _Payload:
    """The content of an IP packet. size: by its header. part: set for a fragment."""

    source: bytes
    destination: bytes
    protocol: int
    data: bytes
    size: int
    part: Fragment | None = None


class UdpReader:
    """The datagrams of one capture that went to `udp_port` (0: to any), frame by frame."""

    def __init__(self, name: str, udp_port: int) -> None:
        self._name = name
        self._port = udp_port
        self._fragments = Fragments()

    def items(self, frame: CapturedFrame, place: str) -> Iterator[Item]:
        """The items of the next frame."""
        try:
            payload = _ip_payload(frame)
            if payload.part is None:
                yield self._udp(payload, frame.time, place)
            else:
                yield from self._fragment(payload, payload.part, frame.time, place)
        except _NoUdp as other:
            yield PassedOver(str(other), self._name)
        except _BadFrame as bad:
            yield Unreadable(str(bad), self._name, place)

    def end(self) -> Iterator[Item]:
        """The items that are left when no more frames come."""
        self._fragments.end()
        yield from self._given_up()
        if self._fragments.doubled:
            yield PassedOver("fragments that came twice", self._name, self._fragments.doubled)

    def _fragment(
        self, payload: _Payload, part: Fragment, time: float | None, place: str
    ) -> Iterator[Item]:
        key = (payload.source, payload.destination, part.number)
        whole = self._fragments.take(key, payload.protocol, part, place, time)
        yield from self._given_up()
        if whole is not None and whole.data is not None:
            yield self._udp(_put_together(payload, whole, whole.data), time, place)

    def _given_up(self) -> Iterator[Item]:
        for assembly in self._fragments.given_up:
            yield self._incomplete(assembly)
        self._fragments.given_up.clear()

    def _incomplete(self, assembly: Assembly) -> Item:
        begin = assembly.begin
        if assembly.protocol != _UDP or begin is None or len(begin) < _UDP_HEADER:
            return PassedOver("fragments without the first one", self._name, len(assembly.parts))
        port = _word(begin, 2)
        if self._port not in (0, port):
            return OtherPort(port, _is_packet(begin[_UDP_HEADER:]), self._name, assembly.place)
        return Unreadable("fragments of a datagram are missing", self._name, assembly.place)

    def _udp(self, payload: _Payload, time: float | None, place: str) -> Item:
        if payload.protocol != _UDP:
            raise _NoUdp(_name(_PROTOCOL_NAMES, "IP protocol", payload.protocol))
        data = payload.data
        if len(data) < _UDP_HEADER:
            raise _BadFrame("damaged frame: no whole UDP header")
        sender_port, port, length = _word(data, 0), _word(data, 2), _word(data, 4)
        content = data[
            _UDP_HEADER : length or None
        ]  # 0: left to the network card, which fills it in
        if self._port not in (0, port):
            return OtherPort(port, _is_packet(content), self._name, place)
        if (length or payload.size) > len(data):
            raise _BadFrame(_KEPT_A_PART)
        if 0 < length < _UDP_HEADER:
            raise _BadFrame("damaged frame: a UDP length below that of its header")
        sender = str(ipaddress.ip_address(payload.source))
        return Datagram(content, time, self._name, place, sender, sender_port)


def _put_together(fragment: _Payload, whole: Assembly, data: bytes) -> _Payload:
    """The payload of the whole datagram."""
    protocol, size = whole.protocol, whole.size
    if len(fragment.source) == _IPV6_ADDRESS:
        protocol, data, size, _ = _behind_extensions(protocol, data, size)
    return _Payload(fragment.source, fragment.destination, protocol, data, size)


def _is_packet(data: bytes) -> bool:
    """Whether it begins like the packets of a node: with 0xC511 and 16 bits more."""
    return data[2:4] == b"\x11\xc5"


def _ip_payload(frame: CapturedFrame) -> _Payload:
    kind, data = _unwrapped(*_link_payload(frame.link & 0xFFFF, frame.data))
    if kind == _IPV4:
        return _ipv4(data)
    if kind == _IPV6:
        return _ipv6(data)
    if kind <= _MAX_802_3:
        raise _NoUdp("802.2")
    raise _NoUdp(_name(_ETHERTYPE_NAMES, "ethertype", kind))


def _link_payload(link: int, data: bytes) -> tuple[int, bytes]:
    """The ethertype of what a frame of this link carries, and these bytes."""
    if link == _ETHERNET:
        return _word(data, 12), data[14:]
    if link == _COOKED:
        return _word(data, 14), data[16:]
    if link == _COOKED_2:
        _need(data, 20)
        return _word(data, 0), data[20:]
    if link in _LOOPBACK:
        return _by_version(data[4:])
    if link in _RAW_IP:
        return _by_version(data)
    name = f" ({_LINK_NAMES[link]})" if link in _LINK_NAMES else ""
    raise _BadFrame(f"link type {link}{name} is not understood")


def _unwrapped(kind: int, data: bytes) -> tuple[int, bytes]:
    """What follows after VLAN tags, MPLS labels, PPPoE and SNAP."""
    while True:
        if kind in _VLAN:
            kind, data = _word(data, 2), data[4:]
        elif kind in _MPLS:
            _need(data, 4)
            is_last, data = data[2] & 1, data[4:]
            if is_last:
                return _by_version(data)
        elif kind == _PPPOE:
            protocol = _word(data, 6)
            return _PPP.get(protocol, _PPPOE), data[8:]
        elif kind <= _MAX_802_3 and data.startswith(_SNAP):
            kind, data = _word(data, 6), data[8:]
        else:
            return kind, data


def _by_version(data: bytes) -> tuple[int, bytes]:
    kind = {4: _IPV4, 6: _IPV6}.get(data[0] >> 4) if data else None
    if kind is None:
        raise _BadFrame("damaged frame: not IP")
    return kind, data


def _ipv4(data: bytes) -> _Payload:
    _need(data, 20)
    header, total = (data[0] & 15) * 4, _word(data, 2) or len(data)  # 0: as with UDP
    if data[0] >> 4 != 4 or header < 20 or total < header:
        raise _BadFrame("damaged frame: not IP")
    _need(data, header)
    source, destination, protocol = data[12:16], data[16:20], data[9]
    content, size, flags = data[header:total], total - header, _word(data, 6)
    part = None
    if flags & 0x3FFF:
        number = _word(data, 4) << 8 | protocol
        part = Fragment(number, (flags & 0x1FFF) * 8, not flags & 0x2000, content, size)
    return _Payload(source, destination, protocol, content, size, part)


def _ipv6(data: bytes) -> _Payload:
    _need(data, 40)
    if data[0] >> 4 != 6:
        raise _BadFrame("damaged frame: not IP")
    size = _word(data, 4) or len(data) - 40
    found = _behind_extensions(data[6], data[40 : 40 + size], size)
    return _Payload(data[8:24], data[24:40], *found)


def _behind_extensions(
    protocol: int, data: bytes, size: int
) -> tuple[int, bytes, int, Fragment | None]:
    """Protocol, data and stated size of what follows after IPv6 extension headers; and the fragment
    that it is, if it is one."""
    while True:
        if protocol in _IPV6_EXTENSIONS:
            _need(data, 8)
            length = (data[1] + 2) * 4 if protocol == _AUTHENTICATION else (data[1] + 1) * 8
            protocol = data[0]
        elif protocol == _IPV6_FRAGMENT:
            _need(data, 8)
            length, flags, number = 8, _word(data, 2), int.from_bytes(data[4:8], "big")
            protocol = data[0]
            if flags & 0xFFF9:
                offset, is_last = flags & 0xFFF8, not flags & 1
                part = Fragment(number, offset, is_last, data[8:], size - 8)
                return protocol, data[8:], size - 8, part
        else:
            return protocol, data, size, None
        _need(data, length)
        data, size = data[length:], size - length


def _word(data: bytes, at: int) -> int:
    _need(data, at + 2)
    return int.from_bytes(data[at : at + 2], "big")


def _need(data: bytes, size: int) -> None:
    if len(data) < size:
        raise _BadFrame("damaged frame: it ends within its headers")


def _name(names: dict[int, str], what: str, number: int) -> str:
    return names.get(number, f"{what} {number:#06x}" if number > 255 else f"{what} {number}")
