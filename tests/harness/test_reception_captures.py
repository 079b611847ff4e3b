"""Capture files as other programs write them: interfaces, sections, tags, fragments, ports."""

from __future__ import annotations

import dataclasses
import itertools
import random
import struct
from pathlib import Path

import pytest

from harness.sensing.reception.capture_file import NotACapture, from_file
from harness.sensing.reception.item import Datagram, Item, OtherPort, PassedOver, Unreadable
from tests.harness.captures import (
    ARP,
    COOKED,
    COOKED_2,
    ETHERNET,
    IPV4,
    IPV6,
    RADIOTAP,
    RAW,
    TCP,
    UDP,
    V4,
    V6,
    Extensions,
    Section,
    cooked,
    cooked_2,
    ethernet,
    fragments4,
    fragments6,
    ip,
    ip4,
    ip6,
    pcap,
    udp,
)
from tests.schema.examples import EXAMPLES

PACKETS = [data for _, data in EXAMPLES][:6]
START = 1_700_000_000


def items(tmp_path: Path, content: bytes, udp_port: int = 5005) -> list[Item]:
    file = tmp_path / "capture"
    file.write_bytes(content)
    return list(from_file(file, udp_port))


def payloads(found: list[Item]) -> list[bytes]:
    """What the datagrams hold; nothing may have come beside them."""
    assert all(isinstance(item, Datagram) for item in found), found
    return [item.data for item in found if isinstance(item, Datagram)]


def times(found: list[Item]) -> list[float | None]:
    return [item.time for item in found if isinstance(item, Datagram)]


# ---- pcapng: interfaces, sections, times --------------------------------------------------------


@pytest.mark.parametrize("order", "<>")
def test_each_frame_is_read_as_its_own_interface_says(tmp_path: Path, order: str) -> None:
    section = Section(order)
    section.interface(RADIOTAP)  # nothing came on it
    section.interface(ETHERNET)
    section.enhanced(1, START * 10**6, ethernet(ip(PACKETS[0])), comment=b"not UTF-8: \xff")
    section.interface(COOKED, resolution=9)  # another is described in the middle
    section.enhanced(2, START * 10**9 + 5 * 10**7, cooked(ip(PACKETS[1])))
    section.obsolete(1, START * 10**6 + 10**5, ethernet(ip(PACKETS[2])))
    section.block(0x0BAD, b"a block of a kind that nobody knows")
    section.interface(RAW)
    section.enhanced(3, START * 10**6 + 150_000, ip(PACKETS[3], V6))
    found = items(tmp_path, section.data)
    assert payloads(found) == PACKETS[:4]
    assert times(found) == pytest.approx([START, START + 0.05, START + 0.1, START + 0.15])
    assert [item.sender for item in found if isinstance(item, Datagram)] == [
        *["10.0.0.1"] * 3,
        "2001:db8::1",
    ]


@pytest.mark.parametrize(
    ("resolution", "units"),
    [(None, 10**6), (3, 10**3), (6, 10**6), (9, 10**9), (0x80 | 10, 2**10), (0x80 | 30, 2**30)],
)
@pytest.mark.parametrize("offset", [None, 3600, -7200])
def test_times_have_the_resolution_and_the_offset_of_the_interface(
    tmp_path: Path, resolution: int | None, units: int, offset: int | None
) -> None:
    section = Section()
    section.interface(ETHERNET, resolution=resolution, offset=offset)
    shifted = START - (offset or 0)
    for half in range(4):
        section.enhanced(0, shifted * units + half * units // 2, ethernet(ip(PACKETS[half])))
    assert times(items(tmp_path, section.data)) == [START + half / 2 for half in range(4)]


def test_sections_have_interfaces_of_their_own(tmp_path: Path) -> None:
    """Two files one behind the other are one, even with other byte orders."""
    content = b""
    for number, order in enumerate("<><"):
        section = Section(order)
        section.interface((ETHERNET, RAW, COOKED)[number])
        frame = (ethernet, lambda packet: packet, cooked)[number](ip(PACKETS[number]))
        section.enhanced(0, START * 10**6, frame)
        content += section.data
    assert payloads(items(tmp_path, content)) == PACKETS[:3]


def test_simple_blocks_are_of_the_first_interface_and_have_no_time(tmp_path: Path) -> None:
    section = Section()
    section.interface(ETHERNET, snap=2000)
    for data in (*PACKETS, b"\x01\x00\x11\xc5 odd"):
        section.simple(ethernet(ip(data)))
    found = items(tmp_path, section.data)
    assert payloads(found) == [*PACKETS, b"\x01\x00\x11\xc5 odd"]
    assert set(times(found)) == {None}
    cut = Section()
    cut.interface(ETHERNET, snap=60)
    cut.simple(ethernet(ip(PACKETS[0])), snap=60)
    assert [item.reason for item in items(tmp_path, cut.data) if isinstance(item, Unreadable)] == [
        "the capture kept only a part of the datagram"
    ]


def test_a_frame_of_no_interface_or_of_a_short_block_is_lost_alone(tmp_path: Path) -> None:
    section = Section()
    section.interface(ETHERNET)
    section.enhanced(0, 0, ethernet(ip(PACKETS[0])))
    section.enhanced(4, 0, ethernet(ip(PACKETS[1])))
    section.block(6, struct.pack("<IIIII", 0, 0, 0, 4000, 4000) + ethernet(ip(PACKETS[2])))
    section.block(3, b"")
    section.enhanced(0, 0, ethernet(ip(PACKETS[3])))
    found = items(tmp_path, section.data)
    lost = [(item.place, item.reason) for item in found if isinstance(item, Unreadable)]
    assert lost == [
        ("frame 2", "damaged frame: of an interface that the file does not describe"),
        ("frame 3", "damaged frame: its block is too short"),
        ("frame 4", "damaged frame: its block is too short"),
    ]
    assert payloads([item for item in found if isinstance(item, Datagram)]) == [
        PACKETS[0],
        PACKETS[3],
    ]


@pytest.mark.parametrize("cut", range(1, 200, 7))
def test_a_cut_file_is_read_as_far_as_it_goes_and_says_so(tmp_path: Path, cut: int) -> None:
    section = Section()
    section.interface(ETHERNET)
    for data in PACKETS:
        section.enhanced(0, START * 10**6, ethernet(ip(data)))
    found = items(tmp_path, section.data[:-cut])
    whole = [item for item in found if isinstance(item, Datagram)]
    assert 0 < len(whole) < len(PACKETS) and payloads(whole) == PACKETS[: len(whole)]
    rest = found[len(whole) :]
    blocks = [12 + 20 + len(data) + 42 + (-(len(data) + 42) % 4) for data in PACKETS]
    ends_between_blocks = cut in itertools.accumulate(reversed(blocks))
    assert [item.reason for item in rest if isinstance(item, Unreadable)] == (
        [] if ends_between_blocks else ["the file is damaged from here on"]
    )


# ---- link layers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tags", [(), (0x8100,), (0x88A8, 0x8100), (0x88A8, 0x88A8, 0x8100), (0x9100, 0x8100)]
)
@pytest.mark.parametrize(
    ("link", "frame"), [(ETHERNET, ethernet), (COOKED, cooked), (COOKED_2, cooked_2)]
)
def test_vlan_tags_are_looked_behind(tmp_path: Path, link, frame, tags) -> None:  # type: ignore[no-untyped-def]
    frames = [frame(ip(PACKETS[0]), IPV4, tags), frame(ip(PACKETS[1], V6), IPV6, tags)]
    assert payloads(items(tmp_path, pcap(link, frames))) == PACKETS[:2]


def test_labels_snap_and_ppp_are_looked_behind(tmp_path: Path) -> None:
    packet = ip(PACKETS[0])
    labels = struct.pack(">II", 0x12000 | 64, 0x13100 | 64) + packet
    snap = bytes.fromhex("aaaa03000000") + struct.pack(">H", IPV4) + packet
    ppp = struct.pack(">BBHHH", 0x11, 0, 1, 2 + len(packet), 0x0021) + packet
    frames = [ethernet(labels, 0x8847), ethernet(snap, len(snap)), ethernet(ppp, 0x8864)]
    assert payloads(items(tmp_path, pcap(ETHERNET, frames))) == [PACKETS[0]] * 3


def test_a_link_type_that_is_not_understood_is_named(tmp_path: Path) -> None:
    (item,) = items(tmp_path, pcap(RADIOTAP, [bytes(60)]))
    assert isinstance(item, Unreadable)
    assert item.reason == "link type 127 (802.11, radiotap) is not understood"


# ---- IP -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [[0], [43], [60], [51], [0, 60, 43, 51, 60], [135], [139, 140]])
def test_ipv6_extension_headers_are_looked_behind(tmp_path: Path, headers: list[int]) -> None:
    packet = Extensions(UDP, udp(PACKETS[0], V6), headers).packet()
    assert payloads(items(tmp_path, pcap(RAW, [packet]))) == [PACKETS[0]]
    other = Extensions(TCP, bytes(40), headers).packet()
    assert items(tmp_path, pcap(RAW, [other])) == [PassedOver("TCP", "capture")]


LONG = b"\x01\x00\x11\xc5" + random.Random(5).randbytes(1_800)


@pytest.mark.parametrize("split", [fragments4, fragments6], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("size", [8, 600, 1_448])
def test_fragments_in_any_order_are_one_datagram(tmp_path: Path, split, size: int) -> None:  # type: ignore[no-untyped-def]
    """With another datagram's fragments between them, of another number."""
    way = V6 if split is fragments6 else V4
    parts = split(LONG, size, way)
    others = split(LONG[::-1], size, way, number=8)
    random.Random(size).shuffle(parts)
    mixed = [frame for pair in zip(parts, others, strict=True) for frame in pair]
    *found, doubled = items(tmp_path, pcap(RAW, [mixed[0], *mixed, *mixed[:3]]))
    assert sorted(payloads(found)) == sorted([LONG, LONG[::-1]])
    assert doubled == PassedOver("fragments that came twice", "capture", 4)
    sender = {item.sender for item in found if isinstance(item, Datagram)}
    assert sender == {way.source}


def test_the_first_fragment_says_what_the_payload_is(tmp_path: Path) -> None:
    """RFC 8200, 4.5: the others may say something else."""
    first, *others = fragments6(LONG, 600)
    changed = [frame[:48] + bytes((59,)) + frame[49:] for frame in others]
    assert [frame[48] for frame in others] == [UDP] * len(others)
    for order in ([first, *changed], [*changed, first]):
        assert payloads(items(tmp_path, pcap(RAW, order))) == [LONG]


@pytest.mark.parametrize("split", [fragments4, fragments6], ids=["IPv4", "IPv6"])
def test_a_datagram_of_which_a_fragment_is_missing_is_said(tmp_path: Path, split) -> None:  # type: ignore[no-untyped-def]
    way = V6 if split is fragments6 else V4
    parts = split(LONG, 600, way)
    for lost in (1, len(parts) - 1):
        (item,) = items(tmp_path, pcap(RAW, parts[:lost] + parts[lost + 1 :]))
        assert item == Unreadable("fragments of a datagram are missing", "capture", "frame 1")
    (item,) = items(tmp_path, pcap(RAW, parts[1:]))
    assert item == PassedOver("fragments without the first one", "capture", len(parts) - 1)
    elsewhere = split(LONG, 600, dataclasses.replace(way, port=6))
    assert items(tmp_path, pcap(RAW, elsewhere[:2])) == [OtherPort(6, True, "capture", "frame 1")]


def test_a_number_that_is_used_again_is_another_datagram(tmp_path: Path) -> None:
    """A fragment of long ago is not put to one of today."""
    old, new = fragments4(LONG, 1_448), fragments4(LONG[::-1], 1_448)
    section = Section()
    section.interface(RAW)
    section.enhanced(0, START * 10**6, old[0])
    for frame in new:
        section.enhanced(0, (START + 90) * 10**6, frame)
    given_up, whole = items(tmp_path, section.data)
    assert isinstance(given_up, Unreadable) and isinstance(whole, Datagram)
    assert whole.data == LONG[::-1]


def test_many_beginnings_do_not_pile_up(tmp_path: Path) -> None:
    frames = [fragments4(LONG, 1_448, number=number)[0] for number in range(2_000)]
    found = items(tmp_path, pcap(RAW, frames))
    assert len(found) == 2_000 and {type(item) for item in found} == {Unreadable}


def test_a_fragment_that_was_cut_makes_no_datagram(tmp_path: Path) -> None:
    parts = fragments4(LONG, 600)
    parts[1] = parts[1][:-40]
    (item,) = items(tmp_path, pcap(RAW, parts))
    assert isinstance(item, Unreadable)
    assert item.reason == "the capture kept only a part of the datagram"


# ---- what is none of a node's -------------------------------------------------------------------


def test_other_ports_and_other_traffic_are_told_apart(tmp_path: Path) -> None:
    dns = dataclasses.replace(V4, port=53)
    elsewhere = dataclasses.replace(V4, port=5006)
    frames = [
        ethernet(ip(PACKETS[0], elsewhere)),
        ethernet(ip(b"a question", dns)),
        ethernet(ip4(bytes(20), protocol=TCP)),
        ethernet(bytes(28), ARP),
        ethernet(ip6(bytes(8), protocol=58), IPV6),
        ethernet(bytes(30), 30),
        ethernet(bytes(30), 0x9999),
        ethernet(ip4(bytes(20), protocol=99)),
    ]
    content = pcap(ETHERNET, frames)
    assert items(tmp_path, content) == [
        OtherPort(5006, True, "capture", "frame 1"),
        OtherPort(53, False, "capture", "frame 2"),
        *[
            PassedOver(kind, "capture")
            for kind in ("TCP", "ARP", "ICMPv6", "802.2", "ethertype 0x9999", "IP protocol 99")
        ],
    ]
    for port in (5006, 0):
        first = items(tmp_path, content, udp_port=port)[0]
        assert isinstance(first, Datagram) and first.data == PACKETS[0]


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (ip(PACKETS[0])[:15], "damaged frame: it ends within its headers"),
        (b"\x42" + ip(PACKETS[0])[1:], "damaged frame: not IP"),
        (b"\x55" + ip(PACKETS[0])[1:], "damaged frame: not IP"),
        (ip4(udp(PACKETS[0])[:6]), "damaged frame: no whole UDP header"),
        (ip4(struct.pack(">HHHH", 1, 5005, 5, 0)), "damaged frame: a UDP length below"),
        (ip(PACKETS[0])[:-1], "the capture kept only a part of the datagram"),
    ],
)
def test_what_is_wrong_with_a_frame_is_named(tmp_path: Path, packet: bytes, reason: str) -> None:
    (item,) = items(tmp_path, pcap(ETHERNET, [ethernet(packet)]))
    assert isinstance(item, Unreadable) and item.reason.startswith(reason)


def test_a_length_that_the_card_would_have_filled_in_is_the_whole_rest(tmp_path: Path) -> None:
    whole = udp(PACKETS[0])
    packet = ip4(whole[:4] + b"\0\0" + whole[6:])
    offloaded = packet[:2] + b"\0\0" + packet[4:]
    found = items(tmp_path, pcap(RAW, [packet, offloaded]))
    assert payloads(found) == [PACKETS[0]] * 2


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("rows.csv", 'CSI_DATA,0,02:00:00:00:00:01,-50,11,"[1,-2,3,4]"\n', "CSI_DATA rows"),
        ("rows.txt", 'I (5) boot\nCSI_DATA,0,02:00:00:00:00:01,-50,"[1,-2]"\n', "CSI_DATA rows"),
        ("rows.jsonl", '{"time": 5, "csi": [1, 2, 3]}\n', "channel state as JSON lines"),
    ],
)
def test_recordings_of_channel_state_are_called_what_they_are(
    tmp_path: Path, name: str, content: str, what: str
) -> None:
    file = tmp_path / name
    file.write_text(content)
    with pytest.raises(NotACapture, match=what) as caught:
        from_file(file, 5005)
    assert "hil import" in str(caught.value)
