"""What capture decides on a chip: layout words, times of frames, traffic, joining again."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.node.capture import TrafficOutcome
from kernels_ref.carriers import layout_of_length, layout_of_reception

pytestmark = pytest.mark.needs("memory", 96 * 1024)

ANSWERED, LOST, NOT_SENT = TrafficOutcome.ANSWERED, TrafficOutcome.LOST, TrafficOutcome.NOT_SENT
NEVER = 2**64 - 1
SLOWEST_US = 1_000_000


# ---- the layout word ---------------------------------------------------------------------------


def test_layout_words_of_every_reception(node: SensingNode) -> None:
    """As the oracle says, which is held against ESP-IDF's table."""
    lengths = [52, 53, 57, 64, 114, 117, 234, 245, 256]
    for n, (secondary, signal) in enumerate(product(range(4), (0, 1, 2, 3))):
        for wide, stbc, invalid, kept in product((0, 1), (0, 1), (0, 1), (1, 3, 7)):
            length = lengths[(n + kept + wide) % len(lengths)]
            reception = {"secondary": secondary, "signal": signal, "is_wide": wide}
            reception |= {"is_stbc": stbc, "first_word_invalid": invalid, "kept": kept}
            by_reception = layout_of_reception(
                secondary, signal, wide, stbc, first_word_invalid=bool(invalid), kept=kept
            )
            by_length = layout_of_length(secondary, length, first_word_invalid=bool(invalid))
            told = node.layout_words(length, **reception)
            assert told == (by_reception, by_length), f"{reception}, {length} pairs"


# ---- the time of a frame -----------------------------------------------------------------------


def test_times_are_the_radio_s_own(node: SensingNode) -> None:
    """Frames every 10 ms, handed over 0.1 to 5 ms late: but for one step at most, while the node
    learns the radio's zero, the times are 10 ms apart; none is later than now."""
    late = np.random.default_rng(2).integers(100, 5_000, 400)
    late[20] = 100
    received = 10_000 * np.arange(400)
    stamps = (received + 4_294_000_000) % 2**32  # wraps on the way
    handed = 7_000_000 + received + late
    frames = list(zip(stamps.tolist(), handed.tolist(), strict=True))
    times = np.array(node.radio_times(frames))
    assert (np.diff(times[20:]) == 10_000).all()
    assert (times <= [now for _, now in frames]).all()
    assert (times[20:] - received[20:] == 7_000_000 + 100).all()


def test_a_radio_that_begins_anew_is_noticed(node: SensingNode) -> None:
    frames = [(1_000_000 + 10_000 * i, 5_000_000 + 10_000 * i) for i in range(10)]
    frames += [(30 + 10_000 * i, 5_100_000 + 10_000 * i) for i in range(10)]
    times = node.radio_times(frames)
    assert times == [now for _, now in frames]


def test_a_frame_that_is_handed_over_late_keeps_its_time(node: SensingNode) -> None:
    times = node.radio_times([(100, 1_000), (10_100, 11_000), (20_100, 60_000), (30_100, 60_010)])
    assert times == [1_000, 11_000, 21_000, 31_000]


# ---- traffic -----------------------------------------------------------------------------------


def periods(node: SensingNode, hz: int, outcomes: list[TrafficOutcome]) -> np.ndarray:
    steps, next_us = node.traffic(hz, outcomes, begin_us=3_000_000)
    assert [step.number for step in steps if step.outcome != NOT_SENT] == list(
        range(sum(outcome != NOT_SENT for outcome in outcomes))
    )
    assert steps[0].due_us == 3_000_000
    return np.diff([*(step.due_us for step in steps), next_us])


@pytest.mark.parametrize("hz", [1, 7, 50, 100])
def test_traffic_is_as_fast_as_it_was_set(node: SensingNode, hz: int) -> None:
    """While answers come, and while one in ten does not."""
    outcomes = [LOST if i % 10 == 9 else ANSWERED for i in range(300)]
    assert (periods(node, hz, outcomes) == 1_000_000 // hz).all()


def test_no_traffic_is_none(node: SensingNode) -> None:
    steps, next_us = node.traffic(0, [ANSWERED] * 3)
    assert next_us == NEVER
    assert all(step.due_us == 0 for step in steps)


def test_traffic_gives_way_when_answers_stay_away(node: SensingNode) -> None:
    """To one a second, no slower, and never faster while nothing comes."""
    seen = periods(node, 50, [ANSWERED] * 20 + [LOST] * 120)
    assert seen[0] == 20_000 and seen[-1] == SLOWEST_US
    assert (np.diff(seen) >= 0).all()
    asked_in_ten_s = int((np.cumsum(seen[20:]) < 10_000_000).sum())
    assert asked_in_ten_s < 60, "of 500 that were wanted"


def test_traffic_comes_back_when_answers_do(node: SensingNode) -> None:
    seen = periods(node, 50, [LOST] * 80 + [ANSWERED] * 120)
    assert seen.max() == SLOWEST_US
    assert seen[-1] == 20_000
    until_back = seen[80:][seen[80:] > 20_000]
    assert until_back.sum() < 30_000_000, "within half a minute"


def test_traffic_gives_way_at_once_when_nothing_can_be_sent(node: SensingNode) -> None:
    seen = periods(node, 100, [ANSWERED, NOT_SENT, NOT_SENT, NOT_SENT, ANSWERED])
    assert seen.tolist() == [10_000, 20_000, 40_000, 80_000, 80_000]


def test_half_lost_is_too_much(node: SensingNode) -> None:
    seen = periods(node, 100, [LOST if i % 2 else ANSWERED for i in range(200)])
    assert seen[-1] > 100_000


def test_slow_traffic_does_not_become_faster_by_giving_way(node: SensingNode) -> None:
    assert (periods(node, 1, [LOST] * 60) == SLOWEST_US).all()


# ---- joining again -----------------------------------------------------------------------------


def test_joining_again_takes_longer_each_time_up_to_a_bound(node: SensingNode) -> None:
    assert node.reconnect_delay_ms(0, 12345) == 0
    longest = [node.reconnect_delay_ms(n, 0) for n in range(1, 12)]
    assert longest[:8] == [250, 500, 1000, 2000, 4000, 8000, 16000, 30000]
    assert set(longest[7:]) == {30_000}
    assert node.reconnect_delay_ms(2**32 - 1, 0) == 30_000


@pytest.mark.parametrize("failures", [1, 4, 20])
def test_nodes_do_not_all_come_at_once(node: SensingNode, failures: int) -> None:
    draws = np.random.default_rng(9).integers(0, 2**32, 200)
    delays = np.array([node.reconnect_delay_ms(failures, int(draw)) for draw in draws])
    longest = node.reconnect_delay_ms(failures, 0)
    assert delays.max() <= longest and delays.min() >= longest / 2
    assert np.ptp(delays) > 0.4 * longest
