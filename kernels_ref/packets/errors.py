"""Why a datagram is not a packet."""

from __future__ import annotations

import enum


class Reason(enum.Enum):
    """The one reason a datagram was refused for."""

    UNKNOWN_MAGIC = "unknown magic"
    SHORT = "short"
    LONG = "long"
    BAD_CRC = "bad CRC"
    BAD_FIELD = "bad field"


class PacketError(Exception):
    """A datagram that no packet of the registry explains, or a packet that cannot be encoded.

    Attributes:
        reason: what is wrong, one of `Reason`.
        offset: byte offset of what is wrong. For SHORT it is where the bytes ended, for LONG where
            the packet ended, for BAD_CRC and BAD_FIELD where the field starts.
        packet: name of the packet the magic stands for, None when the magic is unknown.
        detail: the fact, with the value and what was expected.
    """

    def __init__(self, reason: Reason, offset: int, packet: str | None, detail: str) -> None:
        where = f"{packet}: " if packet else ""
        super().__init__(f"{where}{reason.value} at byte {offset}: {detail}")
        self.reason = reason
        self.offset = offset
        self.packet = packet
        self.detail = detail
