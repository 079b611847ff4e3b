"""The codec of compressed CSI: every frame comes back, nothing grows beyond the bound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels_ref.packets import CompressedCsi
from kernels_ref.packets.compression import (
    BLOCK,
    CODING_RAW,
    CODING_RICE,
    FIRST_AS_BEFORE,
    ZEROS_AS_BEFORE,
    CompressionError,
    Expander,
    compress,
    compressed_data,
    compressed_max,
    expand,
)
from kernels_ref.packets.csi import MAX_PAIRS
from kernels_ref.packets.rice import best_k, plus_zigzag, zigzag

PAIR = st.binary(min_size=2, max_size=2)
NEAR = st.sampled_from([bytes(2), b"\1\0", b"\xff\1", b"\5\x05", b"\x7f\x80"])
ANY_FRAME = st.lists(PAIR | NEAR, max_size=300).map(b"".join)
STEPS = st.lists(st.integers(-6, 6), min_size=2, max_size=300)


@st.composite
def walks(draw: st.DrawFn) -> bytes:
    """Bytes that differ a little from pair to pair, with nulls in between."""
    values, out = [0, 0], bytearray()
    for i, step in enumerate(draw(STEPS)):
        values[i % 2] = (values[i % 2] + step) & 0xFF
        out += bytes(values) if i % 11 > 2 else bytes(2)
    return bytes(out)


FRAME = st.one_of(ANY_FRAME, walks())


@given(FRAME)
def test_every_frame_comes_back(frame: bytes) -> None:
    data = compress(None, frame)
    assert len(data) <= compressed_max(len(frame))
    assert expand(None, data, len(frame)) == frame


@given(st.data(), FRAME)
def test_against_the_frame_before(draw: st.DataObject, frame: bytes) -> None:
    pairs = [frame[i : i + 2] for i in range(0, len(frame), 2)]
    kept = draw.draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    other = draw.draw(PAIR)
    before = b"".join(p if k else other for p, k in zip(pairs, kept, strict=True))
    data = compress(before, frame)
    assert len(data) <= compressed_max(len(frame))
    assert expand(before, data, len(frame)) == frame


def stream(frames: list[bytes], first: int = 1) -> list[CompressedCsi]:
    """The packets of a node that sends these frames, with a key frame in every four."""
    packets: list[CompressedCsi] = []
    before = b""
    for i, frame in enumerate(frames):
        previous = before if len(before) == len(frame) and i % 4 else None
        data = compressed_data(previous, frame, first + i)
        packets.append(CompressedCsi(node_id=1, channel=6, original_len=len(frame), data=data))
        before = frame
    return packets


FRAMES = st.lists(st.lists(PAIR, min_size=1, max_size=3).map(b"".join), min_size=1, max_size=40)


@given(FRAMES, st.sampled_from([1, 0x7FF0]))
def test_a_stream_comes_out_as_it_went_in(sent: list[bytes], first: int) -> None:
    """A frame of another length than the one before it is a key frame; numbers wrap."""
    expander = Expander()
    assert [expander.take(packet) for packet in stream(sent, first)] == sent
    assert expander.passed_over == 0


@given(FRAMES, st.data())
def test_what_is_lost_costs_frames_and_never_gives_a_wrong_one(
    sent: list[bytes], draw: st.DataObject
) -> None:
    """Some packets are missing, some come twice, some come late."""
    places = range(len(sent))
    arrived = draw.draw(st.lists(st.sampled_from(places), max_size=2 * len(sent)))
    kept = draw.draw(st.sets(st.sampled_from(places)))
    order = draw.draw(st.sampled_from([sorted(kept), sorted(arrived), arrived]))
    packets, expander = stream(sent), Expander()
    given_back = [expander.take(packets[i]) for i in order]
    for i, frame in zip(order, given_back, strict=True):
        assert frame in (None, sent[i])
        assert frame is not None or not packets[i].is_key
    assert expander.passed_over == given_back.count(None)


def test_a_receiver_that_missed_one_goes_on_with_the_next_key_frame() -> None:
    sent = [bytes([i, 7]) for i in range(12)]
    packets, expander = stream(sent), Expander()
    heard = [expander.take(packet) for i, packet in enumerate(packets) if i not in (0, 5)]
    assert heard == [None, None, None, sent[4], None, None, *sent[8:]]
    assert expander.is_synchronised


def test_damaged_data_ends_what_is_known() -> None:
    expander = Expander()
    key, after = stream([b"abcd", b"abce"])
    assert expander.take(key) == b"abcd"
    for data in (b"", b"\1", b"\1\x80", b"\1\x80\5", b"\1\x80\xf8abc"):
        with pytest.raises(CompressionError):
            expander.take(replace(key, data=data))
        assert not expander.is_synchronised
    assert expander.take(after) is None
    assert expander.take(key) == b"abcd"


def bits(text: str) -> bytes:
    """Of a coding by hand: blanks between, the last byte filled up."""
    plain = text.replace(" ", "")
    plain = plain.ljust(-(-len(plain) // 8) * 8, "0")
    return int(plain, 2).to_bytes(len(plain) // 8, "big")


def test_a_key_frame_by_hand() -> None:
    """Runs of 1, 2 and 1 pairs; k = 1; 3, -1 are 6, 1; then the differences -3, 2 are 5, 4."""
    frame = b"\3\xff" + bytes(4) + b"\0\1"
    by_hand = "010  001 1110 0 01   010  1  110 1 110 0"
    data = bytes([CODING_RICE]) + bits(by_hand)
    assert expand(None, data, len(frame)) == frame
    assert compress(None, frame) == data


def test_a_frame_after_another_by_hand() -> None:
    """The first two pairs as before, zeros as before; k = 5; -1 and 200 - 256 are 1, 111."""
    before = b"\1\2\3\4" + bytes(2) + b"\1\1"
    frame = before[:6] + b"\xff\xc8"
    flags = ZEROS_AS_BEFORE | FIRST_AS_BEFORE
    data = bytes([CODING_RICE | flags]) + bits("101 0 00001 1110 01111")
    assert expand(before, data, len(frame)) == frame
    assert compress(before, frame) == data


@pytest.mark.parametrize(
    ("data", "length", "offset"),
    [
        (b"", 2, 0),
        (b"\x7fab", 2, 0),
        (bytes([CODING_RICE | ZEROS_AS_BEFORE]), 2, 0),
        (bytes([CODING_RAW]) + b"abc", 4, 4),
        (bytes([CODING_RAW]) + b"abcde", 4, 5),
        (bytes([CODING_RICE]), 2, 1),
        (bytes([CODING_RICE, 0, 0, 0]), 2, 1),
        (bytes([CODING_RICE]) + bits("1 011"), 4, 1),
        (bytes([CODING_RICE]) + bits("010 111 1110 0000000"), 2, 1),
        (bytes([CODING_RICE]) + bits("1 010 0001"), 4, 1),
        (bytes([CODING_RICE]) + bits("1 010 0000") + bytes(1), 4, 1),
        (b"", 3, 0),
        (b"", 2 * MAX_PAIRS + 2, 0),
    ],
    ids=lambda value: value.hex()[:16] if isinstance(value, bytes) else str(value),
)
def test_what_is_wrong_is_said_with_its_place(data: bytes, length: int, offset: int) -> None:
    with pytest.raises(CompressionError) as caught:
        expand(None, data, length)
    assert caught.value.offset == offset


CODED = st.builds(
    lambda coding, rest: bytes([coding]) + rest,
    st.sampled_from([CODING_RAW, *range(CODING_RICE, 0x100)]),
    st.binary(max_size=60),
)


@given(st.one_of(st.binary(max_size=300), CODED), st.integers(0, 60), st.booleans())
def test_any_bytes_give_a_frame_or_one_error(data: bytes, length: int, is_key: bool) -> None:
    before = None if is_key else bytes(i % 5 // 2 for i in range(length))
    try:
        assert len(expand(before, data, length)) == length
    except CompressionError as error:
        assert 0 <= error.offset <= len(data)


@given(st.data(), walks())
def test_damage_gives_a_frame_or_one_error(draw: st.DataObject, frame: bytes) -> None:
    data = bytearray(compress(None, frame))
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(data) - 1))
        data[at] = draw.draw(st.integers(0, 255))
    try:
        assert len(expand(None, bytes(data), len(frame))) == len(frame)
    except CompressionError as error:
        assert 0 <= error.offset <= len(data)


@pytest.mark.parametrize("length", [0, 2, 126, 128, 512, 2048])
def test_the_worst_case_is_reached(length: int) -> None:
    """Bytes that no neighbour is like take the whole bound: the coding byte and themselves."""
    frame = bytes(i * 101 & 255 | 1 for i in range(length))
    assert compress(None, frame) == bytes([CODING_RAW]) + frame
    assert compressed_max(length) == length + 1


def test_differences() -> None:
    assert [zigzag(n & 255, 0) for n in (0, -1, 1, -2, 2, 127, -128)] == [0, 1, 2, 3, 4, 254, 255]
    assert {plus_zigzag(b, zigzag(n, b)) - n for n in range(256) for b in range(256)} == {0}


def test_the_parameter_is_the_best_one() -> None:
    """By the lengths that the data itself then has: no other k gives fewer bits."""
    for differences in ([0] * 8, [1, 2, 3, 0], [9, 14, 30, 7], [250, 3, 3, 3], [255] * 4):
        sizes = []
        for k in range(8):
            sizes.append(sum(u // 2**k + 1 + k if u // 2**k < 8 else 16 for u in differences))
        assert sizes[best_k(differences)] == min(sizes)
        assert sizes.index(min(sizes)) == best_k(differences)


def test_each_block_has_its_own_parameter() -> None:
    """A loud block costs a quiet one next to it nothing."""
    quiet = bytes([1, 1]) * BLOCK
    loud = bytes(i * 101 & 255 | 1 for i in range(2 * BLOCK))
    alone = len(compress(None, quiet + quiet))
    assert len(compress(None, quiet + loud)) < alone + 2 * len(loud) + 2
    assert len(compress(None, quiet * 8)) < 8 * len(quiet) // 6


def test_equal_frames_are_a_few_bytes() -> None:
    """A bit a byte, besides the first word, the coding, two k and the first pair."""
    frame = bytes([60, 60, 5, 5]) + bytes([7, 8]) * 60
    assert len(compress(frame, frame)) == 1 + -(-(2 * 3 + 2 * 16 + 2 * 59) // 8)


def test_frames_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="has 4 bytes, this one 2"):
        compress(b"abcd", b"ab")


@pytest.mark.parametrize("length", [1, 3, 2 * MAX_PAIRS + 2])
def test_what_is_no_frame_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"not {length} bytes"):
        compress(None, bytes(length))
