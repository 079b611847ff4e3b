"""Lines of the agent's protocol."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.node import base85
from harness.node.framing import (
    Event,
    Reply,
    Request,
    decode_request,
    encode_event,
    encode_reply,
    encode_request,
    find_message,
    line_length,
)

words = st.integers(0, 0xFFFFFFFF)
names = st.from_regex(r"[a-z_]{1,23}", fullmatch=True)
payloads = st.binary(max_size=300)
replies = st.builds(Reply, words, words, payloads)
events = st.builds(Event, words, names, payloads)


def encode(message: Reply | Event) -> bytes:
    return encode_reply(message) if isinstance(message, Reply) else encode_event(message)


def test_a_line_is_exactly_what_the_protocol_says() -> None:
    body = b"#> 0000002a status - "
    assert encode_request(Request(42, "status", b"")) == body + b"%08x\n" % zlib.crc32(body)
    body = b"#< 0000002a 00000105 " + base64.b85encode(b"gone") + b" "
    assert encode_reply(Reply(42, 0x105, b"gone")) == body + b"%08x\n" % zlib.crc32(body)


@given(st.builds(Request, words, names, payloads))
def test_requests_survive(request: Request) -> None:
    line = encode_request(request)
    assert decode_request(line.removesuffix(b"\n")) == request
    assert len(line) == line_length(request.command, base85.encoded_size(len(request.payload)))


@given(replies | events, st.sampled_from([b"", b"\r"]))
def test_messages_survive_with_either_line_end(message: Reply | Event, end: bytes) -> None:
    line = encode(message).removesuffix(b"\n") + end
    assert find_message(line) == (b"", message)


@given(replies | events, st.binary(max_size=60).filter(lambda b: b"\n" not in b))
def test_text_before_a_message_is_kept(message: Reply | Event, before: bytes) -> None:
    text, found = find_message(before + encode(message).removesuffix(b"\n"))
    assert (text, found) == (before, message)


@given(replies | events, st.data())
def test_any_single_changed_byte_makes_it_log_text(
    message: Reply | Event, data: st.DataObject
) -> None:
    line = bytearray(encode(message).removesuffix(b"\n"))
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.integers(1, 255))
    text, found = find_message(bytes(line))
    assert found is None
    assert text == bytes(line).removesuffix(b"\r")


@given(st.binary(max_size=400))
def test_noise_is_never_a_message_and_never_an_error(noise: bytes) -> None:
    assert find_message(noise)[1] is None
    assert decode_request(noise) is None


def test_a_second_marker_in_the_line_is_found() -> None:
    line = b"#< 00000001 0000" + encode_reply(Reply(7, 0, b"x")).removesuffix(b"\n")
    assert find_message(line) == (b"#< 00000001 0000", Reply(7, 0, b"x"))


def test_a_request_is_no_message_from_the_node() -> None:
    """A terminal that echoes must not look like a node that answers."""
    line = encode_request(Request(1, "status", b"")).removesuffix(b"\n")
    assert find_message(line) == (line, None)


def test_a_single_base85_digit_is_refused_though_its_crc_is_right() -> None:
    body = b"#< 00000001 00000000 0 "
    assert find_message(body + b"%08x" % zlib.crc32(body))[1] is None


def test_digits_beyond_32_bits_are_refused_though_the_crc_is_right() -> None:
    body = b"#< 00000001 00000000 ~~~~~ "
    assert find_message(body + b"%08x" % zlib.crc32(body))[1] is None


@pytest.mark.parametrize("command", ["", "Status", "a" * 24, "a b", "a\n"])
def test_a_command_out_of_form_is_refused(command: str) -> None:
    with pytest.raises(ValueError, match=r"letters a-z"):
        encode_request(Request(1, command, b""))
