"""Capture files: pcap and pcapng, JSON lines, a node's console log, a single datagram."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import dpkt

from harness.errors import BenchError
from harness.sensing.reception import pcapng
from harness.sensing.reception.console import PACKET_LINE, console_reader
from harness.sensing.reception.item import (
    CapturedFrame,
    Datagram,
    Item,
    LostFrame,
    PassedOver,
    Unreadable,
)
from harness.sensing.reception.network import UdpReader
from harness.sensing.reception.other_files import PCAP, PCAPNG, Form, sniff

DEFAULT_UDP_PORT = 5005

_LAST_MOMENT = 253_370_764_800  # the year 9999
_LOOKED_AT = 1 << 20  # bytes of a console log


class NotACapture(BenchError):
    """The file holds no datagrams in a form that is known."""

    def __init__(self, path: Path, why: str, remedy: str = "") -> None:
        super().__init__(
            f"{path} cannot be read as a capture: {why}.",
            remedy
            or "Give a .pcap or .pcapng file, JSON lines with hex strings, a node's console log, "
            "or a .bin file with one datagram.",
        )
        self.path = path


def from_file(path: Path, udp_port: int) -> Iterator[Item]:
    """Every datagram in a file. The content tells the file's kind, and the name where it does not.

    Raises: NotACapture.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head in (*PCAP, PCAPNG):
        return _from_pcap(path, udp_port)
    if not head:
        raise NotACapture(path, "it is empty")
    is_log = path.suffix in (".log", ".txt")
    if not (is_log and _mirrors_packets(path)):
        _refuse_channel_state(path)
    if path.suffix in (".pcap", ".pcapng"):
        raise NotACapture(path, "it does not begin as one")
    if path.suffix in (".jsonl", ".json", ".hex"):
        return _from_lines(path)
    if is_log:
        return _from_console_log(path)
    return iter([Datagram(path.read_bytes(), None, path.name)])


def _mirrors_packets(path: Path) -> bool:
    with path.open("rb") as file:
        return PACKET_LINE.search(file.read(_LOOKED_AT).decode("utf-8", "replace")) is not None


def _refuse_channel_state(path: Path) -> None:
    """A recording of channel state is not a capture of packets. Raises NotACapture."""
    form = sniff(path)
    if form is not None:
        remedy = (
            "`hil import` makes a recording of it."
            if form.is_read
            else "That form is not supported."
        )
        raise NotACapture(path, f"it holds {form.value}", remedy)


def is_nexmon(path: Path) -> bool:
    """Whether a capture holds channel state that nexmon sent, which is not supported."""
    return sniff(path) is Form.NEXMON


def _from_pcap(path: Path, udp_port: int) -> Iterator[Item]:
    with path.open("rb") as file:
        frames = _pcap_frames(path, file)
        reader = UdpReader(path.name, udp_port)
        number = 0
        try:
            for number, frame in enumerate(frames, 1):
                place = f"frame {number}"
                if isinstance(frame, LostFrame):
                    yield Unreadable(frame.reason, path.name, place)
                else:
                    yield from reader.items(replace(frame, time=_moment(frame.time)), place)
        except (pcapng.Damaged, ValueError, dpkt.dpkt.Error):
            yield Unreadable("the file is damaged from here on", path.name, f"frame {number + 1}")
        yield from reader.end()


def _pcap_frames(path: Path, file: BinaryIO) -> Iterator[CapturedFrame | LostFrame]:
    """Raises NotACapture for a file whose header cannot be read."""
    if file.read(4) == PCAPNG:
        file.seek(0)
        return pcapng.frames_of(file)
    file.seek(0)
    try:
        reader = dpkt.pcap.Reader(file)
    except (ValueError, dpkt.dpkt.Error) as error:
        raise NotACapture(path, str(error) or "the file is damaged") from None
    link = reader.datalink()
    return (CapturedFrame(link, bytes(data), float(stamp)) for stamp, data in reader)


def _moment(stamp: float | None) -> float | None:
    """None for a time that no calendar has."""
    return stamp if stamp is not None and 0 <= stamp < _LAST_MOMENT else None


def _from_lines(path: Path) -> Iterator[Item]:
    """A datagram a line: a hex string, bare, in quotes, or as `hex` or `data` of an object, which
    may have `time` and `address` too."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            source, place = path.name, f"line {number}"
            if not line.strip():
                continue
            try:
                yield _of_line(line.strip(), source, place)
            except (ValueError, RecursionError) as error:
                yield Unreadable(f"not a datagram: {error}", source, place)


def _of_line(text: str, source: str, place: str) -> Datagram:
    """Raises ValueError."""
    value = json.loads(text) if text[0] in '"{' else text
    fields = value if isinstance(value, dict) else {"hex": value}
    hexed, stamp = fields.get("hex", fields.get("data")), fields.get("time")
    if not isinstance(hexed, str):
        raise ValueError("neither a string nor an object with hex or data")
    try:
        data = bytes.fromhex(hexed)
    except ValueError:
        raise ValueError("not a hex string") from None
    time = _moment(stamp) if isinstance(stamp, int | float) else None
    address = fields.get("address")
    return Datagram(data, time, source, place, address if isinstance(address, str) else None)


def _from_console_log(path: Path) -> Iterator[Item]:
    """The packets that a node mirrored on the console that `path` is a recording of."""
    found: list[Item] = []
    console = console_reader(path.name, found.append, clock=lambda: None)
    lines = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 16):
            console.feed(chunk)
            lines += chunk.count(b"\n")
            yield from found
            found.clear()
    yield PassedOver("lines of a console", path.name, lines)
