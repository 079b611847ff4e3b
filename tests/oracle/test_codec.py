"""Compressed channel state: the decoder against a plain compressor, and against noise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels_ref.edge.codec import CodecError, Expander, expand
from kernels_ref.packets import CompressedCsi

frames = st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=6)


def literals(changes: bytes) -> bytes:
    """The plainest compressor: everything as it is, 128 bytes at a time."""
    parts = [changes[at : at + 128] for at in range(0, len(changes), 128)]
    return b"".join(bytes([len(part) - 1]) + part for part in parts)


def xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True)) if len(a) == len(b) else a


def test_tokens_by_hand() -> None:
    assert expand(b"", bytes([2]) + b"abc" + bytes([128, 7]) + bytes([255, 0]), 134) == (
        b"abc" + b"\7\7" + bytes(129)
    )
    assert expand(b"\1\2\3", bytes([129, 0]), 3) == b"\1\2\3"


@given(frames)
def test_a_stream_comes_out_as_it_went_in(sent: list[bytes]) -> None:
    expander, before = Expander(), b""
    for frame in sent:
        data = literals(xor(frame, before))
        packet = CompressedCsi(node_id=1, channel=6, original_len=len(frame), data=data)
        assert expander.take(packet) == frame
        before = frame


@given(st.binary(max_size=64), st.binary(max_size=64), st.integers(0, 300))
def test_noise_gives_a_frame_of_that_length_or_the_one_error(
    previous: bytes, data: bytes, length: int
) -> None:
    try:
        assert len(expand(previous, data, length)) == length
    except CodecError as error:
        assert 0 <= error.offset <= len(data)


@pytest.mark.parametrize(
    ("data", "length", "offset"),
    [(b"\x05ab", 6, 0), (b"\x00a\x80", 3, 2), (b"\x00a", 2, 2), (b"\xff\0", 128, 0), (b"", 1, 0)],
    ids=["literal cut", "run cut", "short", "long", "nothing"],
)
def test_what_is_wrong_is_said_with_its_place(data: bytes, length: int, offset: int) -> None:
    with pytest.raises(CodecError) as caught:
        expand(b"", data, length)
    assert caught.value.offset == offset
