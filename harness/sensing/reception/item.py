"""What a source delivers, and the frames that a capture file holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Datagram:
    """Bytes that should be one packet.

    time: seconds since 1970, None where nobody noted it. source: what was listened to or read.
    place: the place in the source: "frame 3", "event 12". sender: the address that it came from,
    None where there is none; without the port, which may change when a node restarts. sender_port:
    that port.
    """

    data: bytes
    time: float | None
    source: str
    place: str = ""
    sender: str | None = None
    sender_port: int = 0

    @property
    def origin(self) -> str:
        """What distinguishes nodes with the same id: the address, or else the source."""
        return self.source if self.sender is None else self.sender


@dataclass(frozen=True)
class Unreadable:
    """Something that does not even hold a datagram: a damaged frame, line or record."""

    reason: str
    source: str
    place: str = ""


@dataclass(frozen=True)
class NodeStarted:
    """The node at this source has restarted: its sequence numbers start again."""

    source: str
    place: str = ""


@dataclass(frozen=True)
class LinesLost:
    """So many lines that mirror packets did not arrive: a fault of the line, not of the node."""

    count: int
    source: str
    place: str = ""


@dataclass(frozen=True)
class OtherPort:
    """A datagram of a capture that went to a UDP port which is not read. is_packet: whether it
    begins like a packet of a node."""

    port: int
    is_packet: bool
    source: str
    place: str = ""


@dataclass(frozen=True)
class PassedOver:
    """So many things in a capture that are no UDP datagrams. kind: what they are."""

    kind: str
    source: str
    count: int = 1


Item = Datagram | Unreadable | NodeStarted | LinesLost | OtherPort | PassedOver


def where(item: Datagram | Unreadable) -> str:
    """Source and place, for a person."""
    return f"{item.source} {item.place}".strip()


@dataclass(frozen=True)
class CapturedFrame:
    """link: the link type (https://www.tcpdump.org/linktypes.html). data: the frame, as much as was
    kept of it. time: seconds since 1970; None where the file does not say."""

    link: int
    data: bytes
    time: float | None


@dataclass(frozen=True)
class LostFrame:
    """A frame of the file that cannot be read."""

    reason: str
