"""What a source delivers, and the frames that a capture file holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Datagram:
    """What one packet should be in.

    time: seconds since 1970, None where nobody noted it. source: what was listened to or read.
    place: where in it: "frame 3", "event 12". sender: the address that it came from, without the
    port, which a node that starts anew may change; None where it had none. sender_port: that port.
    """

    data: bytes
    time: float | None
    source: str
    place: str = ""
    sender: str | None = None
    sender_port: int = 0

    @property
    def origin(self) -> str:
        """What tells its node from another with the same id: the address, or else the source."""
        return self.source if self.sender is None else self.sender


@dataclass(frozen=True)
class Unreadable:
    """Something that does not even hold a datagram: a damaged frame, line or record."""

    reason: str
    source: str
    place: str = ""


@dataclass(frozen=True)
class NodeStarted:
    """The node at this source has started anew: its sequence numbers begin again."""

    source: str
    place: str = ""


@dataclass(frozen=True)
class LinesLost:
    """So many of the lines that mirror packets did not arrive: the line's fault, not the node's."""

    count: int
    source: str
    place: str = ""


@dataclass(frozen=True)
class OtherPort:
    """A datagram of a capture that went to a UDP port which is not read.

    is_packet: it begins like one of a node's.
    """

    port: int
    is_packet: bool
    source: str
    place: str = ""


@dataclass(frozen=True)
class PassedOver:
    """So many things of a capture that hold no UDP datagram at all: `kind` says what they are."""

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
    """A frame that stands in the file and cannot be taken out."""

    reason: str
