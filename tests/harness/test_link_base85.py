"""Base85, against the standard library's."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.node import base85

data = st.one_of(
    st.binary(max_size=40),
    st.binary(min_size=100, max_size=160),  # around where the way changes
    st.binary(min_size=1500, max_size=1540),
)
digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
WORST = (b"\0" * 4, b"\xff" * 4, b"\0\0\0\1", b"\x80\0\0\0")


def standard(text: bytes) -> bytes | None:
    """What the standard library makes of it; a single last digit, which it ignores, is none."""
    try:
        return None if len(text) % 5 == 1 else base64.b85decode(text)
    except ValueError:
        return None


@given(data)
@example(b"".join(WORST) * 60)
def test_data_becomes_the_same_digits_and_comes_back(data: bytes) -> None:
    text = base85.encode(data)
    assert text == base64.b85encode(data)
    assert base85.decode(text) == data


@given(st.lists(data, max_size=8))
@example([b"", b"\xff" * 1536, b"abc", b"", b"\0" * 1536, b"\1" * 5])
def test_pieces_are_encoded_together_as_each_alone(pieces: list[bytes]) -> None:
    together = base85.encode_each(pieces)
    assert together == [base64.b85encode(piece) for piece in pieces]
    assert [len(text) for text in together] == [base85.encoded_size(len(piece)) for piece in pieces]


@given(st.text(digits, min_size=100, max_size=200))
@example("~" * 200)  # a word beyond 32 bits
@example("|NsC0" * 40)  # the largest one
@example("|NsC1" * 40)
def test_any_digits_are_read_or_refused_alike(text: str) -> None:
    assert base85.decode(text.encode()) == standard(text.encode())


@pytest.mark.parametrize("place", [0, 3, 99, 199])
@pytest.mark.parametrize("other", b' "\\\n\0\x7f\x80\xff')
def test_what_is_no_digit_is_refused_wherever_it_stands(place: int, other: int) -> None:
    text = bytearray(base64.b85encode(bytes(160)))
    text[place] = other
    assert base85.decode(bytes(text)) is None
