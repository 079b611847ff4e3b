"""What a source delivers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Datagram:
    """What one packet should be in.

    time: seconds since 1970, None where nobody noted it. source: what was listened to or read.
    place: where in it: "frame 3", "event 12". sender: the address that it came from, without the
    port, which a node that starts anew may change; None where it had none.
    """

    data: bytes
    time: float | None
    source: str
    place: str = ""
    sender: str | None = None


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


Item = Datagram | Unreadable | NodeStarted | LinesLost


def where(item: Item) -> str:
    """Source and place, for a person."""
    return f"{item.source} {item.place}".strip()
