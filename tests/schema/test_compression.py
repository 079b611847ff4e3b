"""The codec of compressed CSI: every frame comes back, nothing grows beyond the bound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels_ref.packets import CompressedCsi
from kernels_ref.packets.compression import (
    CompressionError,
    Expander,
    compress,
    compressed_data,
    compressed_max,
    expand,
)

RUNS = st.lists(st.tuples(st.integers(0, 255), st.integers(1, 400)), max_size=30).map(
    lambda runs: b"".join(bytes([value]) * count for value, count in runs)
)


@given(st.one_of(st.binary(max_size=600), RUNS))
def test_every_frame_comes_back(frame: bytes) -> None:
    data = compress(None, frame)
    assert len(data) <= compressed_max(len(frame))
    assert expand(None, data, len(frame)) == frame


@given(st.data(), st.binary(max_size=300))
def test_against_the_frame_before(draw: st.DataObject, frame: bytes) -> None:
    before = draw.draw(st.binary(min_size=len(frame), max_size=len(frame)))
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


FRAMES = st.lists(st.binary(min_size=1, max_size=3), min_size=1, max_size=40)


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
    key, after = stream([b"abc", b"abd"])
    assert expander.take(key) == b"abc"
    for data in (b"", b"\1", b"\1\x80\5"):
        with pytest.raises(CompressionError):
            expander.take(replace(key, data=data))
        assert not expander.is_synchronised
    assert expander.take(after) is None
    assert expander.take(key) == b"abc"


def test_tokens_by_hand() -> None:
    data = bytes([2]) + b"abc" + bytes([128, 7]) + bytes([255, 0])
    assert expand(None, data, 134) == b"abc" + b"\7\7" + bytes(129)
    assert expand(b"\1\2\3", bytes([129, 0]), 3) == b"\1\2\3"


@pytest.mark.parametrize(
    ("data", "length", "offset"),
    [(b"\x05ab", 6, 0), (b"\x00a\x80", 3, 2), (b"\x00a", 2, 2), (b"\xff\0", 128, 0), (b"", 1, 0)],
    ids=["literal cut", "run cut", "short", "long", "nothing"],
)
def test_what_is_wrong_is_said_with_its_place(data: bytes, length: int, offset: int) -> None:
    with pytest.raises(CompressionError) as caught:
        expand(None, data, length)
    assert caught.value.offset == offset


@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_bytes_give_a_frame_or_one_error(data: bytes, length: int) -> None:
    try:
        assert len(expand(None, data, length)) == length
    except CompressionError as error:
        assert 0 <= error.offset <= len(data)


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 256, 257, 1024, 2048])
def test_the_worst_case_is_reached(length: int) -> None:
    """Bytes without any run take the whole bound."""
    assert len(compress(None, bytes(i * 7 & 255 for i in range(length)))) == compressed_max(length)


def test_runs_at_their_limits() -> None:
    assert compress(None, b"a" * 129) == b"\xffa"
    assert compress(None, b"a" * 130) == b"\xffa\x00a"
    assert compress(None, b"a" * 131) == b"\xffa\x01aa"
    assert compress(None, b"aab") == b"\x02aab"
    assert compress(None, b"aaab") == b"\x81a\x00b"


def test_equal_frames_are_a_few_bytes() -> None:
    frame = bytes(range(128))
    assert compress(frame, frame) == b"\xfe\x00"


def test_frames_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="has 3 bytes, this one 2"):
        compress(b"abc", b"ab")
