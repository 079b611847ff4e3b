"""Whatever the bytes: a packet, or a typed error that names one reason; nothing else, no hang."""

from __future__ import annotations

import os
import random
import struct
from collections import Counter
from pathlib import Path

import dpkt
import pytest

from harness.node.framing import Event, encode_event
from harness.sensing.reception.capture_file import NotACapture, from_file
from harness.sensing.reception.checker import StreamChecker
from harness.sensing.reception.console import console_reader
from harness.sensing.reception.item import (
    Datagram,
    Item,
    LinesLost,
    NodeStarted,
    PassedOver,
    Unreadable,
)
from harness.sensing.reception.recording import Recording
from kernels_ref.packets import PacketError, Reason, decode
from tests.harness.captures import (
    COOKED,
    ETHERNET,
    IPV4,
    IPV6,
    RAW,
    V4,
    V6,
    Section,
    cooked,
    ethernet,
    fragments4,
    fragments6,
    ip,
    pcap,
)
from tests.harness.garbage import cases
from tests.schema.examples import EXAMPLES

CASES = int(os.environ.get("HIL_GARBAGE_CASES", "1_000_000"))
SEED = int(os.environ.get("HIL_GARBAGE_SEED", "20260501"))
WHOLE = [data for _, data in EXAMPLES]


@pytest.mark.slow
def test_a_million_cases_are_packets_or_typed_errors() -> None:
    """Repeat a failing one with `decode(bytes.fromhex(…))`; the message has the bytes."""
    seen: Counter[object] = Counter()
    for data in cases(SEED, CASES):
        try:
            packet = decode(data)
        except PacketError as error:
            assert 0 <= error.offset <= len(data), f"{error} of {data.hex()}"
            seen[error.reason] += 1
        except BaseException as error:
            error.add_note(f"decode(bytes.fromhex({data.hex()!r}))")
            raise
        else:
            if seen[type(packet)] % 16 == 0:
                assert packet.encode() == data
            seen[type(packet)] += 1
    assert seen.total() == CASES
    few = {
        what: seen[what] for what in [*Reason, *map(type, _packets())] if seen[what] < CASES / 1000
    }
    assert not few, f"these hardly came up, so they were hardly tested: {few}"


def _packets() -> list[object]:
    return [packet for packet, _ in EXAMPLES]


def test_a_checker_takes_whatever_comes_and_counts_all_of_it() -> None:
    checker = StreamChecker()
    for data in cases(SEED + 1, 20_000):
        checker.take(Datagram(data, None, "x"))
    assert checker.decoded.total() + checker.refused.total() == 20_000
    assert set(checker.refused) <= {reason.value for reason in Reason}
    checker.problems()


@pytest.mark.parametrize("seed", range(8))
def test_a_console_of_noise_lines_and_pieces_of_lines(seed: int) -> None:
    """Whole lines come through whatever stands before them; nothing else does."""
    rng = random.Random(seed)
    items: list[Item] = []
    console = console_reader("x", items.append)
    sent = []
    stream = b""
    for number in range(2_000):
        line = encode_event(Event(number, "packet", rng.choice(WHOLE)))
        kind = rng.randrange(5)
        if kind == 0:
            stream += line
            sent.append(number)
        elif kind == 1:
            stream += line[: rng.randrange(len(line) - 1)] + rng.choice((b"\n", b""))
        elif kind == 2:
            stream += rng.randbytes(rng.randrange(60))
        elif kind == 3:
            place = rng.randrange(len(line) - 1)
            stream += (
                line[:place] + bytes((line[place] ^ (1 << rng.randrange(8)),)) + line[place + 1 :]
            )
        else:
            stream += b"\n" + line
            sent.append(number)
    while stream:
        cut = rng.randrange(1, 400)
        console.feed(stream[:cut])
        stream = stream[cut:]
    heard = [item for item in items if isinstance(item, Datagram)]
    assert all(item.data in WHOLE for item in heard)
    assert {int(item.place.split()[1]) for item in heard} <= set(sent)
    assert len(heard) > len(sent) * 0.8
    assert {type(item) for item in items} <= {Datagram, Unreadable, LinesLost, NodeStarted}


@pytest.mark.parametrize("kind", ["pcap", "pcapng", "recording", "mixed", "fragments"])
@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_capture_is_read_as_far_as_it_goes(tmp_path: Path, kind: str, seed: int) -> None:
    rng = random.Random(f"{kind}{seed}")
    good = tmp_path / "good"
    _write(good, kind)
    data = good.read_bytes()
    bad = tmp_path / "bad"
    for _ in range(150):
        damaged = bytearray(data)
        for _ in range(rng.choice((1, 2, 8))):
            damaged[rng.randrange(len(damaged))] = rng.choice(
                (0, 1, 0x7F, 0xFF, rng.randrange(256))
            )
        bad.write_bytes(bytes(damaged[: rng.choice((len(data), rng.randrange(len(data))))]))
        checker = StreamChecker()
        try:
            for item in from_file(bad, 5005):
                checker.take(item)
        except NotACapture as error:
            assert str(bad) in str(error)
        assert checker.decoded.total() <= 4 * len(WHOLE)


@pytest.mark.parametrize("link", [0, 1, 12, 14, 101, 113, 276, 147])
def test_frames_of_noise_in_every_link_type(tmp_path: Path, link: int) -> None:
    rng = random.Random(link)
    file = tmp_path / "a.pcap"
    with file.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link))
        for _ in range(1_500):
            frame = _noise_frame(rng)
            out.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)
    for item in from_file(file, 0):
        assert isinstance(item, Datagram | Unreadable | PassedOver)


def _noise_frame(rng: random.Random) -> bytes:
    """Noise that begins as an IP packet of any protocol, with or without Ethernet before it."""
    ip = bytes((rng.choice((0x45, 0x46, 0x60, 0x4F)),)) + rng.randbytes(8)
    ip += bytes((rng.choice((1, 6, 17, 17, 50, 58, 132)),)) + rng.randbytes(rng.randrange(60))
    ethernet = rng.randbytes(12) + rng.choice((b"\x08\x00", b"\x86\xdd", b"\x81\x00", b"\x88\x47"))
    return rng.choice((ip, ethernet + ip, rng.randbytes(rng.randrange(80))))


def _write(path: Path, kind: str) -> None:
    if kind == "recording":
        with Recording(path, 5005) as recording:
            for data in WHOLE:
                recording.write(Datagram(data, 1.5, "COM8"))
        return
    if kind == "mixed":
        path.write_bytes(_mixed())
        return
    if kind == "fragments":
        parts = [part for data in WHOLE for part in fragments6(data, 16)]
        path.write_bytes(pcap(RAW, [*parts, *fragments4(WHOLE[0], 8)]))
        return
    writer = {"pcap": dpkt.pcap.Writer, "pcapng": dpkt.pcapng.Writer}[kind]
    with path.open("wb") as out:
        capture = writer(out)
        for data in WHOLE:
            udp = dpkt.udp.UDP(sport=1, dport=5005, data=data, ulen=8 + len(data))
            ip = dpkt.ip.IP(src=b"\x0a\0\0\1", dst=b"\x0a\0\0\2", p=17, data=udp)
            capture.writepkt(bytes(dpkt.ethernet.Ethernet(data=ip, type=0x800)), ts=1.5)


def _mixed() -> bytes:
    """Two sections of two interfaces each, with every kind of block and of frame."""
    content = b""
    for order in "<>":
        section = Section(order)
        section.interface(ETHERNET)
        section.interface(COOKED, resolution=9, offset=5)
        for number, data in enumerate(WHOLE):
            way = V6 if number % 2 else V4
            kind = IPV6 if way.is_v6 else IPV4
            section.enhanced(0, number, ethernet(ip(data, way), kind, (0x88A8, 0x8100)))
            if number % 3 == 0:
                section.simple(ethernet(ip(data, way), kind))
            elif number % 3 == 1:
                section.obsolete(1, number, cooked(ip(data, way), kind, (0x8100,)))
        content += section.data
    return content
