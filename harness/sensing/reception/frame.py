"""What a capture file holds: frames, each with the kind of link that it was on."""

from __future__ import annotations

from dataclasses import dataclass


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
