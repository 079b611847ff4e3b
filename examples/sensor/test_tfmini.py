"""A driver on the device: what it says of frames is compared with the frames that were sent."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.node import Node

Reading = tuple[int, int]
readings = st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 65535)), max_size=6)
# The node is the same for every example, and how long an example takes depends on the machine.
through_the_agent = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def frame(reading: Reading) -> bytes:
    body = b"\x59\x59" + b"".join(n.to_bytes(2, "little") for n in reading) + b"\x12\x34"
    return body + bytes([sum(body) & 0xFF])


def heard(node: Node, pieces: Iterable[bytes]) -> list[Reading]:
    """The readings that the driver returns for bytes that come in these pieces."""
    node.call("tfmini_reset")
    told: list[Reading] = []
    for piece in pieces:
        result = node.call("tfmini_take", bytes=list(piece), room=len(piece) // 9 + 1)
        found = zip(result.distance_cm, result.strength, strict=True)
        told += [(int(d), int(s)) for d, s in list(found)[: int(result.value)]]
    return told


@given(readings)
@through_the_agent
def test_frames_are_told_as_they_were_sent(node: Node, sent: list[Reading]) -> None:
    assert heard(node, [b"".join(map(frame, sent))]) == sent


@given(readings, st.lists(st.integers(1, 20), min_size=1, max_size=8))
@through_the_agent
def test_how_they_are_cut_makes_no_difference(
    node: Node, sent: list[Reading], sizes: list[int]
) -> None:
    data = b"".join(map(frame, sent))
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    assert heard(node, [*pieces, data]) == sent


@given(st.binary(max_size=40).filter(lambda noise: b"\x59" not in noise), readings)
@through_the_agent
def test_noise_before_a_frame_costs_none(node: Node, noise: bytes, sent: list[Reading]) -> None:
    assert heard(node, [noise + b"".join(map(frame, sent))]) == sent


@given(readings.filter(bool), st.integers(0, 8), st.integers(1, 255))
@through_the_agent
def test_a_damaged_frame_is_not_told_and_the_next_is(
    node: Node, sent: list[Reading], position: int, change: int
) -> None:
    """Damaged bytes may contain a right frame by chance, so only the last reading is compared."""
    damaged = bytearray(frame(sent[0]))
    damaged[position] ^= change
    rest = [(7, 8), (9, 10)]
    told = heard(node, [bytes(damaged) + b"".join(map(frame, rest))])
    assert told[-1] == rest[-1]


@given(st.tuples(st.integers(0, 88), st.integers(0, 88)), st.integers(1, 255))
@through_the_agent
def test_a_wrong_sum_is_not_told(node: Node, sent: Reading, change: int) -> None:
    """The readings are small, so that none contains the first bytes of a frame."""
    data = bytearray(frame(sent))
    data[-1] ^= change
    assert heard(node, [bytes(data), frame((7, 8))]) == [(7, 8)]


@given(st.binary(max_size=120))
@through_the_agent
def test_any_bytes_end_nothing(node: Node, data: bytes) -> None:
    assert len(heard(node, [data])) <= len(data) // 9
    assert heard(node, [frame((100, 200))]) == [(100, 200)]
