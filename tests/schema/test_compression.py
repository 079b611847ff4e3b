"""The codec of compressed CSI: every frame comes back, nothing grows beyond the bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels_ref.packets import CompressedCsi
from kernels_ref.packets.compression import (
    CompressionError,
    Expander,
    compress,
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


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=6))
def test_a_stream_comes_out_as_it_went_in(sent: list[bytes]) -> None:
    """A frame of another length than the one before it is coded against zeros."""
    expander, before = Expander(), b""
    for frame in sent:
        data = compress(before if len(before) == len(frame) else None, frame)
        packet = CompressedCsi(node_id=1, channel=6, original_len=len(frame), data=data)
        assert expander.take(packet) == frame
        before = frame


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
