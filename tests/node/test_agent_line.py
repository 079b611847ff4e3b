"""The agent's lines, parsed and answered without a node: every byte that may be wrong."""

from __future__ import annotations

import base64
import ctypes
import random
import re
import shutil
import zlib
from pathlib import Path

import pytest

from harness.node.framing import Event, Reply, Request, encode_request, find_message
from tests.node.library import compiled

AGENT = "components/hil_agent/src/"
SOURCES = [
    *(
        AGENT + name
        for name in (
            "agent.c",
            "line_codec.c",
            "base85.c",
            "reply.c",
            "reply_cache.c",
        )
    ),
    "components/crc32/src/crc32_ieee.c",
]
OK, NOT_FOUND, INVALID_ARG = 0, 0x105, 0x102
INVALID_STATE, INVALID_SIZE, INVALID_CRC = 0x103, 0x104, 0x109
MAX_LINE, MAX_PAYLOAD, KEPT = 2688, 2080, 8
COUNTERS = (
    *("rx_bytes", "lines_ok", "lines_garbage", "lines_overlong"),
    *("lines_bad_crc", "unknown_commands", "replays", "stale_ids"),
)
INVALID = ctypes.c_size_t(-1).value


class Agent:
    """The agent as after a boot."""

    def __init__(self, path: Path) -> None:
        self.library = ctypes.CDLL(str(path))
        self.library.line_open()
        self._seen = 0
        self._ids = 0

    def new_id(self) -> int:
        self._ids += 1
        return self._ids

    def take(self, data: bytes, piece: int = 4096) -> list[Reply | Event]:
        """What is answered to these bytes; every line has to be a message."""
        size = ctypes.c_size_t
        self.library.line_take(data, size(len(data)), size(piece))
        return self.messages()

    def messages(self) -> list[Reply | Event]:
        end = self.number("line_written_len")
        written = (ctypes.c_char * (1 << 16)).in_dll(self.library, "line_written").raw
        text, self._seen = written[self._seen : end], end
        assert not text or text.endswith(b"\n")
        found = []
        for line in text.splitlines():
            before, message = find_message(line)
            assert not before and message is not None, line
            found.append(message)
        assert self.number("line_written_without_lock") == self.number("line_lock_depth") == 0
        return found

    def ask(self, command: str, payload: bytes = b"") -> Reply:
        """The one answer to a request of a new id."""
        return self.ask_as(self.new_id(), command, payload)

    def ask_as(self, request_id: int, command: str, payload: bytes = b"") -> Reply:
        (reply,) = self.take(encode_request(Request(request_id, command, payload)))
        assert isinstance(reply, Reply) and reply.id == request_id
        return reply

    def number(self, name: str) -> int:
        return ctypes.c_uint32.in_dll(self.library, name).value

    def counts(self) -> dict[str, int]:
        """The agent's counters but for the bytes; zeros are left out."""
        values = (ctypes.c_uint32 * len(COUNTERS)).in_dll(self.library, "agent_state")
        found = dict(zip(COUNTERS, values, strict=True))
        del found["rx_bytes"]
        return {name: count for name, count in found.items() if count}

    @property
    def last_id(self) -> int:
        """The highest id that it has executed; behind the counters."""
        state = (ctypes.c_uint32 * (len(COUNTERS) + 1)).in_dll(self.library, "agent_state")
        return state[len(COUNTERS)]

    @property
    def order(self) -> bytes:
        return (ctypes.c_char * 16).in_dll(self.library, "line_order").value


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, firmware: Path) -> Path:
    folder = tmp_path_factory.mktemp("line")
    compiled(folder, "agent_line.c", SOURCES, firmware=firmware)
    return folder / "node.so"


@pytest.fixture
def agent(built: Path, tmp_path: Path) -> Agent:
    """A copy of its own: a library is loaded once, and so keeps what it was told."""
    return Agent(Path(shutil.copy(built, tmp_path / "own.so")))


def line(body: bytes) -> bytes:
    """A line with its CRC, whatever its words."""
    return body + b"%08x\n" % zlib.crc32(body)


def test_a_payload_of_every_length_comes_back(agent: Agent) -> None:
    rng = random.Random(1)
    lengths = [*range(30), 510, 511, 512, 2077, 2078, 2079, MAX_PAYLOAD]
    for n in lengths:
        data = rng.randbytes(n)
        assert agent.ask("echo", data) == Reply(agent._ids, OK, data)
    assert agent.counts() == {"lines_ok": len(lengths)}
    assert agent.number("line_executed") == len(lengths)


@pytest.mark.parametrize("piece", [1, 2, 7, 511, 512, 513])
def test_lines_may_come_in_pieces(agent: Agent, piece: int) -> None:
    data = [bytes([k]) * (300 + k) for k in range(4)]
    lines = [encode_request(Request(k + 1, "echo", part)) for k, part in enumerate(data)]
    replies = agent.take(b"".join(lines), piece)
    assert replies == [Reply(k + 1, OK, part) for k, part in enumerate(data)]
    assert agent.number("line_fed") == agent.number("line_run") == 4
    values = (ctypes.c_uint32 * len(COUNTERS)).in_dll(agent.library, "agent_state")
    assert values[0] == sum(map(len, lines))


def test_the_ends_of_base85(agent: Agent) -> None:
    """All bits set, none, and the largest of each length."""
    for n in range(1, 9):
        for byte in (0x00, 0xFF):
            assert agent.ask("echo", bytes([byte]) * n).payload == bytes([byte]) * n


def decoded(agent: Agent, text: bytes, room: int) -> bytes | None:
    """What base85_decode writes, and nothing beyond; None: it refuses."""
    decode = agent.library.base85_decode
    decode.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(b"\xa5" * (room + 8), room + 8)
    found = decode(text, ctypes.c_size_t(len(text)), out, ctypes.c_size_t(room))
    assert out.raw[room:] == b"\xa5" * 8
    return None if found == INVALID else out.raw[:found]


def test_base85_of_every_character(agent: Agent) -> None:
    """In each place of a group, whole or short: decoded or refused as by Python."""
    for n in range(1, 6):
        for place in range(n):
            for byte in range(256):
                text = bytearray(b"0" * n)
                text[place] = byte
                assert decoded(agent, bytes(text), 4) == _by_python(bytes(text)), text


@pytest.mark.parametrize(
    "text", [b"|NsC0", b"|NsC1", b"|Nsb0", b"|NtC0", b"|OsC0", b"}NsC0", b"~~~~~", b"|NsB~"]
)
def test_base85_beyond_32_bits(agent: Agent, text: bytes) -> None:
    """A group of 2^32 - 1, and those about it."""
    assert decoded(agent, text, 4) == _by_python(text)
    assert decoded(agent, b"00000" + text, 8) == _by_python(b"00000" + text)


def test_base85_into_as_much_room_as_there_is(agent: Agent) -> None:
    for n in range(12):
        data = bytes(range(65, 65 + n))
        text = base64.b85encode(data)
        assert decoded(agent, text, n) == data
        if n:
            assert decoded(agent, text, n - 1) is None


def _by_python(text: bytes) -> bytes | None:
    """Python takes a last group of one character for nothing; it is none."""
    if len(text) % 5 == 1:
        return None
    try:
        return base64.b85decode(text)
    except ValueError:
        return None


@pytest.mark.parametrize("place", range(36))
def test_a_byte_that_is_another_is_never_executed(agent: Agent, place: int) -> None:
    good = encode_request(Request(1, "echo", b"12345678"))
    for byte in (*b'#> 0\n\r"/:G`g{', 0, 0x80, 0xFF):
        if byte == good[place]:
            continue
        damaged = bytearray(good)
        damaged[place] = byte
        agent.take(bytes(damaged) + b"\n")
    assert agent.number("line_executed") == 0


def test_a_damaged_line_is_answered_by_its_id(agent: Agent) -> None:
    good = encode_request(Request(0x1234ABCD, "echo", b"1234"))
    damaged = good.replace(b"echo", b"ecko")
    assert agent.take(damaged) == [Reply(0x1234ABCD, INVALID_CRC, b"bad CRC")]
    assert agent.counts() == {"lines_bad_crc": 1}


@pytest.mark.parametrize(
    "garbage",
    [b"#", b"#>", b"#> ", b"#> 0000000", b"#> 00000001", b"#> 0000000g ", b"#> 0000000A echo"]
    + [b"#>  0000001 echo - 00000000", b"#< 00000001 echo", b"words", b"> 00000001 echo -", b"###"]
    + [b"#> 00000001_echo - 12345678", b"#> :0000001 echo", b"#> /0000001 echo", b"#> `0000001 e"],
)
def test_what_is_no_request_is_garbage(agent: Agent, garbage: bytes) -> None:
    assert agent.take(garbage + b"\n") == []
    assert agent.counts() == {"lines_garbage": 1}
    assert agent.ask("echo", b"x").payload == b"x"


@pytest.mark.parametrize("length", range(1, 40))
def test_what_the_line_before_left_is_not_looked_at(agent: Agent, length: int) -> None:
    """A marker and more of it stand behind the end of a shorter line."""
    assert len(agent.take(b"." * 40 + encode_request(Request(1, "echo", b"1234")))) == 1
    assert agent.take(b"." * length + b"\n") == []
    assert agent.counts() == {"lines_ok": 1, "lines_garbage": 1}


def test_digits_of_an_id(agent: Agent) -> None:
    """Its digits are those of lower-case hex, each with its value."""
    for request_id in (0x01234567, 0x09ABCDEF, 0x7FFFFFFE):
        assert agent.ask_as(request_id, "echo", b"x").payload == b"x"
    assert agent.last_id == 0x7FFFFFFE


@pytest.mark.parametrize("noise", [b"#", b"#>", b"#> ", b"#> #> ", b"boot#> 0000", b"# > #", b"x"])
def test_a_request_behind_noise_is_found(agent: Agent, noise: bytes) -> None:
    assert agent.take(noise + encode_request(Request(1, "echo", b"y"))) == [Reply(1, OK, b"y")]


def test_a_marker_inside_does_not_hide_the_request_before_it(agent: Agent) -> None:
    """Of two requests in a line the CRC belongs to one; the first that fits is executed."""
    inner = encode_request(Request(2, "echo", b"inner"))
    assert agent.take(b"#> 00000001 echo - " + inner) == [Reply(2, OK, b"inner")]
    assert agent.take(b"#> 00000003 echo #> 00000004 xy 00000000\n") == [
        Reply(3, INVALID_CRC, b"bad CRC")
    ]


def test_markers_are_tried_eight_times(agent: Agent) -> None:
    """A line of nothing else costs little."""
    request = encode_request(Request(1, "echo", b"z"))
    assert agent.take(b"#> " * 7 + request) == [Reply(1, OK, b"z")]
    assert agent.take(b"#> " * 8 + request) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"#> 00000001 echo - ", OK),
        (b"#> 00000001 a_very_long_command_xyz - ", NOT_FOUND),
        (b"#> 00000001 a_very_long_command_wxyz - ", NOT_FOUND),
        (b"#> 00000001 Echo - ", NOT_FOUND),
        (b"#> 00000001 ech0 - ", NOT_FOUND),
        (b"#> 00000001 ech` - ", NOT_FOUND),
        (b"#> 00000001 ech{ - ", NOT_FOUND),
        (b"#> 00000001  - ", NOT_FOUND),
        (b"#> 00000001 ", NOT_FOUND),
        (b"#> 00000001 echo ", OK),  # nothing for nothing
        (b"#> 00000001 echo  ", OK),
        (b"#> 00000001 echo -- ", OK),  # two digits
        (b"#> 00000001 echo 0 ", INVALID_ARG),
        (b"#> 00000001 echo 00 00 ", INVALID_ARG),
        (b"#> 00000001 last - ", OK),
    ],
)
def test_lines_of_any_words(agent: Agent, body: bytes, status: int) -> None:
    (reply,) = agent.take(line(body))
    assert isinstance(reply, Reply) and (reply.id, reply.status) == (1, status)
    if status == NOT_FOUND:  # what cannot be a name is not repeated
        named = body.split()[2] if re.fullmatch(rb"#> \w+ [a-z_]{1,23} .*", body) else b""
        assert reply.payload == b"unknown command " + named
    assert agent.counts() == {"lines_ok": 1} | (
        {"unknown_commands": 1} if status == NOT_FOUND else {}
    )


def test_an_unknown_command_is_named(agent: Agent) -> None:
    assert agent.ask("nothing").payload == b"unknown command nothing"
    missing = agent.ask("missing")  # known, and its subject is not in this image
    assert (missing.status, missing.payload) == (0x106, b"this image is built without missing")
    assert agent.ask("missing", b"!").status == INVALID_SIZE  # it is asked as any other
    (reply,) = agent.take(line(b"#> 00000009 a_very_long_command_xyz - "))
    assert reply == Reply(9, NOT_FOUND, b"unknown command a_very_long_command_xyz")
    (reply,) = agent.take(line(b"#> 0000000a a_very_long_command_wxyz - "))
    assert reply == Reply(10, NOT_FOUND, b"unknown command ")


@pytest.mark.parametrize(
    ("command", "n", "said"),
    [
        *(("fixed", n, f"fixed takes 4 bytes, got {n}") for n in (0, 3, 5)),
        *(("long", n, f"long takes 4 bytes or more, got {n}") for n in (0, 3)),
        ("fixed", 4, None),
        ("long", 4, None),
        ("long", 50, None),
    ],
)
def test_a_command_takes_what_its_table_says(
    agent: Agent, command: str, n: int, said: str | None
) -> None:
    data = bytes(range(n))
    expected = (OK, data) if said is None else (INVALID_SIZE, said.encode())
    reply = agent.ask(command, data)
    assert (reply.status, reply.payload) == expected
    assert agent.number("line_executed") == (said is None)


def test_a_sentence_that_is_too_long_is_cut(agent: Agent) -> None:
    for width in (1, 100, MAX_PAYLOAD - 1, MAX_PAYLOAD, MAX_PAYLOAD + 9):
        reply = agent.ask("refuse", width.to_bytes(4, "little"))
        assert reply.status == INVALID_ARG
        assert reply.payload == b"7".rjust(width, b"0")[: MAX_PAYLOAD - 1]


def test_what_comes_after_the_reply_comes_after_it(agent: Agent) -> None:
    agent.ask("later")
    assert agent.order == b"wfa"
    agent.ask("echo")
    assert agent.order == b"w"


def test_a_request_is_executed_once(agent: Agent) -> None:
    first = agent.ask_as(5, "echo", b"once")
    assert agent.ask_as(5, "echo", b"twice") == first
    assert agent.number("line_executed") == 1
    assert agent.counts() == {"lines_ok": 2, "replays": 1}


def test_the_last_replies_are_kept_and_no_more(agent: Agent) -> None:
    replies = [agent.ask("echo", bytes([k]) * k) for k in range(KEPT + 3)]
    for reply in replies[-KEPT:]:
        assert agent.ask_as(reply.id, "echo", b"again") == reply
    for reply in replies[:-KEPT]:
        assert agent.ask_as(reply.id, "echo", b"again") == Reply(
            reply.id, INVALID_STATE, b"stale id"
        )
    assert agent.number("line_executed") == KEPT + 3
    assert agent.counts() == {"lines_ok": 2 * (KEPT + 3), "replays": KEPT, "stale_ids": 3}


def test_ids_only_grow(agent: Agent) -> None:
    assert agent.ask_as(0, "echo").status == INVALID_STATE
    assert agent.ask_as(100, "echo").status == OK
    for old in (0, 1, 99):
        assert agent.ask_as(old, "echo").status == INVALID_STATE
    assert agent.ask_as(100 + 2**31 - 1, "echo").status == OK
    assert agent.ask_as(2**31 + 98 - 2**31, "echo").status == OK  # it wrapped
    assert agent.last_id == 98


def test_hello_is_executed_at_any_time_and_kept_by_nobody(agent: Agent) -> None:
    agent.ask_as(7, "echo", b"seven")
    for request_id in (0, 3, 7, 7):
        assert agent.ask_as(request_id, "hello", b"1234") == Reply(request_id, OK, b"1234")
    assert agent.number("line_executed") == 5 and agent.last_id == 7
    assert agent.ask_as(7, "echo").payload == b"seven"


def long_line(length: int, request_id: int = 1) -> bytes:
    """A request of so many bytes, newline included, with noise before it."""
    request = encode_request(Request(request_id, "echo", bytes(1000)))
    return b"." * (length - len(request)) + request


def test_the_longest_line_and_one_more_byte(agent: Agent) -> None:
    assert agent.take(long_line(MAX_LINE)) == [Reply(1, OK, bytes(1000))]
    assert agent.take(long_line(MAX_LINE + 1, 2)) == [Reply(2, INVALID_SIZE, b"line too long")]
    assert agent.counts() == {"lines_ok": 1, "lines_overlong": 1}
    assert agent.take(long_line(MAX_LINE, 3)) == [Reply(3, OK, bytes(1000))]


@pytest.mark.parametrize("length", [MAX_LINE + 1, MAX_LINE + 600, 3 * MAX_LINE])
def test_an_overlong_request_is_answered(agent: Agent, length: int) -> None:
    head = b"#> 00000001 echo "
    text = head + b"0" * (length - len(head) - 1) + b"\n"
    assert agent.take(text) == [Reply(1, INVALID_SIZE, b"line too long")]
    assert agent.take(b"#" * length + b"\n") == []
    assert agent.counts() == {"lines_overlong": 2}
    assert agent.ask_as(2, "echo", b"x").payload == b"x"


def test_an_overlong_line_that_begins_as_a_whole_request_is_not_executed(agent: Agent) -> None:
    whole = long_line(MAX_LINE).removesuffix(b"\n")
    assert agent.take(whole + b"0000\n") == [Reply(1, INVALID_SIZE, b"line too long")]
    assert agent.number("line_executed") == 0


def test_a_payload_that_no_request_has(agent: Agent) -> None:
    digits = base64.b85encode(bytes(MAX_PAYLOAD))
    for text, expected in (
        (digits + b"00", (INVALID_SIZE, b"payload too long")),
        (digits[:-1] + b" ", (INVALID_ARG, b"payload is not base85")),
    ):
        (reply,) = agent.take(line(b"#> %08x echo " % agent.new_id() + text + b" "))
        assert isinstance(reply, Reply) and (reply.status, reply.payload) == expected


def test_carriage_returns_and_empty_lines(agent: Agent) -> None:
    request = encode_request(Request(1, "echo", b"x")).removesuffix(b"\n")
    assert agent.take(b"\n\r\n" + request + b"\r\n") == [Reply(1, OK, b"x")]
    assert agent.counts() == {"lines_ok": 1}
    assert agent.take(b"\r\r\n") == []
    assert agent.counts() == {"lines_ok": 1, "lines_garbage": 1}


def test_events_are_counted(agent: Agent) -> None:
    for seq in (1, 2):
        agent.library.line_announce()
        assert agent.messages() == [Event(seq, "boot", b"found")]
