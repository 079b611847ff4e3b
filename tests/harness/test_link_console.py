"""The byte stream taken apart: nothing lost, however it was cut."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from harness.node.console import MAX_PENDING, Console, LogLine
from harness.node.framing import Event, Reply, encode_event, encode_reply

REPLY = Reply(3, 0, b"data")
EVENT = Event(9, "packet", b"\x01\x02")

log_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=30
)
lines = st.lists(
    st.one_of(log_texts, st.just(REPLY), st.just(EVENT)),
    max_size=12,
)


def split_at(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def wire(item: str | Reply | Event) -> bytes:
    if isinstance(item, Reply):
        return encode_reply(item)
    return encode_event(item) if isinstance(item, Event) else item.encode() + b"\n"


@given(lines, st.lists(st.integers(0, 5000), max_size=40))
def test_any_cut_gives_the_same_lines_and_messages(
    items: list[str | Reply | Event], cuts: list[int]
) -> None:
    """UTF-8 sequences among them: a cut inside one must not damage it."""
    messages: list[Reply | Event] = []
    console = Console(messages.append)
    for piece in split_at(b"".join(map(wire, items)), cuts):
        console.feed(piece)
    assert [line.text for line in console.log] == [i for i in items if isinstance(i, str)]
    assert messages == [i for i in items if not isinstance(i, str)]


def test_log_text_in_front_of_a_message_stays_a_log_line() -> None:
    messages: list[Reply | Event] = []
    console = Console(messages.append)
    console.feed("I (5) main: grüß".encode() + encode_reply(REPLY) + b" dich\n")
    assert [line.text for line in console.log] == ["I (5) main: grüß", " dich"]
    assert messages == [REPLY]


def test_bytes_that_are_no_utf8_are_replaced_and_do_not_stop_the_log() -> None:
    console = Console(lambda _m: None)
    console.feed(b"\xff\xfegarbage\xc3\nnext\n")
    assert [line.text for line in console.log] == ["\ufffd\ufffdgarbage\ufffd", "next"]


def test_a_stream_without_newlines_is_handed_on_in_pieces() -> None:
    """Garbage at the wrong baud rate must not fill the memory, nor split a character."""
    console = Console(lambda _m: None)
    data = "ä".encode() * (2 * MAX_PENDING)
    for start in range(0, len(data), 4095):
        console.feed(data[start : start + 4095])
    console.flush()
    assert "".join(line.text for line in console.log) == "ä" * (2 * MAX_PENDING)
    assert len(console.log) > 2


def test_an_interruption_ends_the_line() -> None:
    messages: list[Reply | Event] = []
    console = Console(messages.append)
    console.feed(b"I (7) main: and th")
    console.flush()
    console.feed(encode_reply(REPLY))
    assert [line.text for line in console.log] == ["I (7) main: and th"]
    assert messages == [REPLY]


def test_a_bounded_log_counts_what_it_let_go() -> None:
    console = Console(lambda _m: None, keep=3)
    console.feed(b"".join(b"line %d\n" % i for i in range(10)))
    assert [line.text for line in console.log] == ["line 7", "line 8", "line 9"]
    assert (console.log_seen, console.log_dropped) == (10, 7)


def test_taps_get_every_byte_as_it_comes() -> None:
    console, tapped = Console(lambda _m: None), bytearray()
    console.taps.append(tapped.extend)
    data = b"half" + encode_reply(REPLY) + b"\xff\n"
    for i in range(len(data)):
        console.feed(data[i : i + 1])
    assert bytes(tapped) == data


def test_the_parts_of_a_log_line() -> None:
    colours = LogLine("\x1b[0;31mE (1234) weights: slot 1: bad CRC\x1b[0m", 0.0)
    assert colours.parts == ("E", 1234, "weights", "slot 1: bad CRC")
    assert LogLine("I (7) main: hello", 0.0).parts == ("I", 7, "main", "hello")
    assert LogLine("Backtrace: 0x80000000", 0.0).parts is None
