"""Writes what was heard to a capture file that Wireshark reads.

A datagram from the network keeps its sender's address. One from a console has no address: it gets
one of the block that RFC 5737 reserves for examples, 192.0.2.<node id>.
"""

from __future__ import annotations

import contextlib
import ipaddress
from pathlib import Path
from typing import Any, Self

import dpkt

from harness.errors import BenchError
from harness.sensing.reception.item import Datagram
from harness.sensing.reception.network import LINKTYPE_RAW

_SNAP = 65535
_HEADERS = 28  # of IPv4 and UDP
_LARGEST = _SNAP - _HEADERS
_THIS_END = ipaddress.IPv4Address("198.51.100.1")
_THIS_END_V6 = ipaddress.IPv6Address("2001:db8::1")
_NODES = ipaddress.IPv4Address("192.0.2.0")
_NODE_ID_AT = 4  # in most packets, after the magic


class CannotRecord(BenchError):
    """A file that cannot be written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be written: {why}.")
        self.path = path


class Recording:
    """Writes datagrams to `path`, each at once, so that a killed program loses none.

    Raises: CannotRecord.
    """

    def __init__(self, path: Path, udp_port: int) -> None:
        self.path = path
        self.count = 0
        self._udp_port = udp_port
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb", buffering=0)
            self._writer = dpkt.pcap.Writer(self._file, snaplen=_SNAP, linktype=LINKTYPE_RAW)
        except OSError as error:
            raise CannotRecord(path, error.strerror or str(error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def write(self, datagram: Datagram) -> None:
        """Raises CannotRecord, for example when the disk is full."""
        frame = bytes(self._frame(datagram))
        try:
            self._writer.writepkt(frame, datagram.time)
        except OSError as error:
            raise CannotRecord(self.path, error.strerror or str(error)) from None
        self.count += 1

    def _frame(self, datagram: Datagram) -> Any:
        address, port = _address(datagram)
        data = datagram.data[:_LARGEST]
        udp = dpkt.udp.UDP(sport=port or self._udp_port, dport=self._udp_port, data=data)
        udp.ulen = len(udp)
        if address.version == 6:
            frame = dpkt.ip6.IP6(src=address.packed, dst=_THIS_END_V6.packed, nxt=17, hlim=64)
            frame.plen = len(udp)
            frame.data = udp
            frame.extension_hdrs = {}
            return frame
        return dpkt.ip.IP(
            src=address.packed, dst=_THIS_END.packed, p=dpkt.ip.IP_PROTO_UDP, data=udp
        )


def _address(datagram: Datagram) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    """Who sent it; a made-up address for what came from a console."""
    if datagram.sender is not None:
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(datagram.sender), datagram.sender_port
    node = datagram.data[_NODE_ID_AT] if len(datagram.data) > _NODE_ID_AT else 0
    return _NODES + node, 0
