"""Puts datagrams together that came in fragments: RFC 791 and RFC 8200."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

_LARGEST = 65_535
_KEPT = 256  # datagrams of which a part has come
_PATIENCE_S = 60.0  # RFC 8200, 4.5; afterwards the number may be used for another datagram


@dataclass(frozen=True)
class Fragment:
    """A part of a datagram's IP payload.

    number: the same in all fragments of a datagram. offset: in bytes. size: as the header states
    it; the capture may have kept fewer bytes in `data`.
    """

    number: int
    offset: int
    is_last: bool
    data: bytes
    size: int


@dataclass
class Assembly:
    """The fragments of one datagram so far. protocol: of its payload, by the first fragment."""

    place: str
    time: float | None
    protocol: int
    parts: dict[int, Fragment] = field(default_factory=dict)
    size: int = 0  # bytes as the headers state it; the capture may have kept fewer
    end: int | None = None  # where the last part ends

    def add(self, part: Fragment) -> None:
        """Adds a fragment; one at the place of another is left out."""
        if part.offset in self.parts or part.offset + part.size > _LARGEST:
            return
        self.parts[part.offset] = part
        self.size += part.size
        if part.is_last:
            self.end = part.offset + part.size

    @property
    def data(self) -> bytes | None:
        """The payload; None while a part of it is missing or where parts do not fit together."""
        if self.size != self.end:
            return None
        parts = [self.parts[offset] for offset in sorted(self.parts)]
        at = 0
        for part in parts:
            if part.offset != at:
                return None
            at += part.size
        return b"".join(part.data for part in parts)

    @property
    def begin(self) -> bytes | None:
        """The first fragment's content; None while it has not come."""
        return self.parts[0].data if 0 in self.parts else None


class Fragments:
    """Collects fragments. given_up: datagrams that cannot become whole any more, until somebody
    takes them from there. doubled: how many fragments came twice."""

    def __init__(self) -> None:
        self._open: dict[Hashable, Assembly] = {}
        self._whole: dict[Hashable, Assembly] = {}
        self.given_up: list[Assembly] = []
        self.doubled = 0

    def take(
        self, key: Hashable, protocol: int, part: Fragment, place: str, time: float | None
    ) -> Assembly | None:
        """The datagram, if this fragment completes it. key: the same for all fragments of one."""
        assembly = self._open.get(key)
        if assembly is not None and _is_stale(assembly, time):
            self._give_up(key)
            assembly = None
        known = assembly or self._whole.get(key)
        if known is not None and known.parts.get(part.offset) == part:
            self.doubled += 1
            return None
        if assembly is None:
            assembly = self._begin(key, Assembly(place, time, protocol))
        if part.offset == 0:
            assembly.protocol = protocol
        assembly.add(part)
        if assembly.data is None:
            return None
        self._whole[key] = self._open.pop(key)
        if len(self._whole) > _KEPT:
            del self._whole[next(iter(self._whole))]
        return assembly

    def _begin(self, key: Hashable, assembly: Assembly) -> Assembly:
        self._open[key] = assembly
        if len(self._open) > _KEPT:
            self._give_up(next(iter(self._open)))
        return assembly

    def end(self) -> None:
        """No more fragments will come."""
        for key in list(self._open):
            self._give_up(key)

    def _give_up(self, key: Hashable) -> None:
        self.given_up.append(self._open.pop(key))


def _is_stale(assembly: Assembly, time: float | None) -> bool:
    return time is not None and assembly.time is not None and time - assembly.time > _PATIENCE_S
