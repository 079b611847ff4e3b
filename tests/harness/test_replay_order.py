"""Which raw frames a recording holds, in which order and of which boot, whatever befell them."""

from __future__ import annotations

import random

import pytest

from harness.sensing.reception.item import Item, NodeStarted
from harness.sensing.replay.frames import NothingToReplay, read_recording
from harness.sensing.replay.order import NO_PLACE, TWICE
from tests.harness.replayable import (
    PERIOD_US,
    evenly,
    items,
    longest,
    numbers,
    raw,
    raws,
    sent,
    sent_at,
    state,
    times,
)

RATE = 20.0


def test_two_datagrams_that_udp_swapped() -> None:
    order = [*range(1, 6), 7, 6, *range(8, 41)]
    arrivals = [0.05 * i for i in range(40)]
    recorded = read_recording(items(raws(order), arrivals))
    assert numbers(recorded) == [list(range(1, 41))]
    assert times(recorded) == [PERIOD_US * n for n in range(1, 41)]
    assert not recorded.left_out


@pytest.mark.parametrize("swapped", [(0, 1), (38, 39), (10, 25)])
def test_swapped_at_the_ends_and_far_apart(swapped: tuple[int, int]) -> None:
    order = list(range(1, 41))
    a, b = swapped
    order.insert(b, order.pop(a))
    recorded = read_recording(items(raws(order)), rate_hz=RATE)
    assert numbers(recorded) == [list(range(1, 41))]


def test_a_swap_of_a_frame_and_a_state_moves_no_frame_far() -> None:
    packets = sent(200)
    for i in range(7, len(packets) - 1, 11):
        packets[i], packets[i + 1] = packets[i + 1], packets[i]
    recorded = read_recording(items(packets))
    right = evenly(range(1, 201))
    worst = max(abs(a - b) for a, b in zip(times(recorded), right, strict=True))
    assert worst <= 1.5 * PERIOD_US


def test_datagrams_that_came_twice_are_counted_and_replayed_once() -> None:
    packets = [p for p in raws(range(1, 41)) for _ in range(2 if p.seq % 4 == 0 else 1)]  # type: ignore[attr-defined]
    recorded = read_recording(items(packets), rate_hz=RATE)
    assert numbers(recorded) == [list(range(1, 41))]
    assert recorded.left_out == {TWICE: 10}
    assert recorded.heard == 50


def test_numbers_wrap() -> None:
    wrapping = [*range(2**32 - 10, 2**32), *range(10)]
    recorded = read_recording(items(raws(wrapping)), rate_hz=RATE)
    assert numbers(recorded) == [wrapping]
    assert times(recorded) == [PERIOD_US * n for n in range(1, 21)]
    assert longest(recorded).lost == 0


def test_a_wrap_with_a_swap_across_it() -> None:
    order = [*range(2**32 - 10, 2**32 - 1), 0, 2**32 - 1, *range(1, 10)]
    recorded = read_recording(items(raws(order)), rate_hz=RATE)
    assert numbers(recorded) == [[*range(2**32 - 10, 2**32), *range(10)]]


@pytest.mark.parametrize("said", [True, False])
def test_a_node_that_starts_anew_is_two_boots(said: bool) -> None:
    notice: list[Item] = [NodeStarted("x")] if said else []
    recorded = read_recording([*items(sent(60)), *notice, *items(sent(40))])
    assert numbers(recorded) == [list(range(1, 61)), list(range(1, 41))]
    assert times(recorded) == evenly(range(1, 61))
    assert [len(boot.sent) for boot in recorded.boots] == [15, 10]


@pytest.mark.parametrize("lost", [0, 1, 17, 100, 300])
def test_a_start_whose_first_packets_were_lost(lost: int) -> None:
    """Who has just joined a network is not heard at once: the first number may be any."""
    before = [state(n, 2_000_000_000 + n * 200_000) for n in range(30)]
    first = [
        p for n in range(30) for p in (*raws(range(50_000 + 4 * n, 50_004 + 4 * n)), before[n])
    ]
    after = sent_at(evenly(range(lost + 1, lost + 101)), first=lost + 1)
    after = [p for p in after if getattr(p, "ts_us", 1 << 40) > lost * PERIOD_US]
    recorded = read_recording(items([*first, *after]))
    assert numbers(recorded) == [
        list(range(50_000, 50_120)),
        list(range(lost + 1, lost + 101)),
    ]
    assert [recorded.boots[1].frames[0].ts_us] == evenly([lost + 1])
    assert not recorded.left_out


def test_a_start_that_only_the_numbers_tell() -> None:
    again = [raw(n, content=200 - n) for n in range(30, 90)]
    recorded = read_recording(items([*raws(range(1, 101)), *again]), rate_hz=RATE)
    assert numbers(recorded) == [list(range(1, 101)), list(range(30, 90))]


def test_a_damaged_number_ends_nothing() -> None:
    """Raw frames have no checksum."""
    packets = [*sent(60), raw(1_000_000_000), raw(61), raw(31, content=99), raw(5_000), raw(62)]
    recorded = read_recording(items(packets))
    assert numbers(recorded) == [list(range(1, 63))]
    assert recorded.left_out == {NO_PLACE: 3}


def test_a_damaged_number_in_front() -> None:
    recorded = read_recording(items(raws([123_456_789, *range(1, 40)])), rate_hz=RATE)
    assert numbers(recorded) == [list(range(1, 40))]
    assert recorded.left_out == {NO_PLACE: 1}


def test_two_nodes_of_one_id_without_addresses_are_not_mixed_up() -> None:
    mixed = [p for n in range(100) for p in (raw(n + 1), raw(3001 + n, content=n))]
    recorded = read_recording(items(mixed), rate_hz=RATE)
    assert numbers(recorded) == [list(range(1, 101))]
    assert recorded.left_out == {NO_PLACE: 100}


def test_every_frame_is_replayed_or_counted() -> None:
    """Whatever a way did to the datagrams."""
    rng = random.Random(5)
    for _ in range(40):
        packets = [*sent(rng.randrange(2, 200)), *sent(rng.randrange(2, 200))]
        for _ in range(rng.randrange(30)):
            i, j = rng.randrange(len(packets)), rng.randrange(len(packets))
            what = rng.randrange(4)
            if what == 0:
                packets[i], packets[j] = packets[j], packets[i]
            elif what == 1:
                packets.insert(i, packets[j])
            elif what == 2 and len(packets) > 10:
                del packets[i]
            else:
                packets.insert(i, raw(rng.randrange(2**32)))
        all_raw = sum(type(p) is type(raw(1)) for p in packets)
        try:
            recorded = read_recording(items(packets), rate_hz=RATE)
        except NothingToReplay:
            continue
        assert recorded.heard == all_raw
        assert sum(map(len, numbers(recorded))) + recorded.left_out.total() == all_raw
        for boot in recorded.boots:
            moments = [frame.ts_us for frame in boot.frames]
            assert moments == sorted(moments)
