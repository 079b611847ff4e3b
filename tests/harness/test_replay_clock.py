"""When frames were taken, though they do not say it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from harness.sensing.replay.clock import Clock
from harness.sensing.replay.frames import NothingToReplay, read_recording
from kernels_ref.packets import FeatureState, Packet, RawCsiFrame
from tests.harness.replayable import (
    PERIOD_US,
    evenly,
    items,
    longest,
    raw,
    raws,
    sent,
    sent_at,
    state,
    times,
)

COMPRESSED_S = 0.01
"""Between two packets of a recording that a node on a stepped clock made: the recorder's pace."""


def worst_ms(packets: list[Packet], taken_us: list[float], arrivals: list[float] | None) -> float:
    """How far a frame of a recording is from when it was taken."""
    found = np.array(times(read_recording(items(packets, arrivals))))
    return float(np.abs(found - np.array(taken_us)).max()) / 1000


def compressed(packets: list[Packet]) -> list[float]:
    return [COMPRESSED_S * i for i in range(len(packets))]


def same(packets: list[Packet]) -> list[float]:
    return [0.0] * len(packets)


def unknown(packets: list[Packet]) -> None:
    return None


def of_a_radio(rate_hz: float, frames: int, seed: int = 1) -> list[float]:
    """Irregular intervals, as those of a radio."""
    rng = np.random.default_rng(seed)
    return [round(us) for us in np.cumsum(rng.gamma(6.0, 1e6 / rate_hz / 6.0, frames))]


@pytest.mark.parametrize("arrivals", [compressed, same, unknown])
def test_an_even_rate_by_the_feature_states(
    arrivals: Callable[[list[Packet]], list[float] | None],
) -> None:
    packets = sent(100)
    recorded = read_recording(items(packets, arrivals(packets)))
    assert times(recorded) == evenly(range(1, 101))
    assert (recorded.sender.node, longest(recorded).rate_hz, longest(recorded).lost) == (1, 20.0, 0)
    assert len(longest(recorded).sent) == 25
    assert longest(recorded).clock is Clock.NODE


@pytest.mark.parametrize("arrivals", [compressed, same, unknown])
def test_a_rate_that_changes_on_the_way(
    arrivals: Callable[[list[Packet]], list[float] | None],
) -> None:
    slow = [20e6 + n * 1e6 / 15 for n in range(1, 301)]
    taken = [round(us) for us in [*(n * 50e3 for n in range(1, 401)), *slow]]
    packets = sent_at(taken)
    assert worst_ms(packets, taken, arrivals(packets)) <= 1000 / 20


@pytest.mark.parametrize("rate_hz", [8.0, 20.5, 45.0, 107.0])
def test_a_radio_s_own_intervals_by_the_capture_s_clock(rate_hz: float) -> None:
    taken = of_a_radio(rate_hz, 800)
    packets = sent_at(taken)
    began = [us / 1e6 for us in taken]
    ticks = [0.2 * n for n in range(1, len(packets) - len(taken) + 1)]
    rng = np.random.default_rng(2)
    late = rng.exponential(0.001, len(packets))
    arrivals = (np.sort([*began, *ticks]) + late).tolist()
    recorded = read_recording(items(packets, arrivals))
    assert longest(recorded).clock is Clock.BOTH
    assert np.abs(np.array(times(recorded)) - taken).max() <= 20_000


def test_a_radio_s_own_intervals_without_it() -> None:
    """What the states leave open is 200 ms; the mean stays far below a frame period."""
    taken = of_a_radio(20.5, 1500)
    packets = sent_at(taken)
    recorded = read_recording(items(packets, compressed(packets)))
    off = np.abs(np.array(times(recorded)) - taken)
    assert longest(recorded).clock is Clock.NODE
    assert off.max() < 200_000
    assert off.mean() < 1e6 / 20.5 / 2


def test_a_pause_without_frames_stays_where_it_was() -> None:
    taken = [n * PERIOD_US for n in (*range(1, 201), *range(400, 601))]
    packets = sent_at([float(us) for us in taken])
    found = np.array(times(read_recording(items(packets))))
    assert np.abs(found - taken).max() <= PERIOD_US


def test_a_frame_that_was_lost_leaves_the_others_where_they_were() -> None:
    packets = [p for p in sent(100) if not (isinstance(p, RawCsiFrame) and p.seq in (7, 8, 40))]
    recorded = read_recording(items(packets))
    expected = evenly(n for n in range(1, 101) if n not in (7, 8, 40))
    assert times(recorded) == expected
    assert longest(recorded).lost == 3


def test_a_recording_that_begins_in_the_middle() -> None:
    recorded = read_recording(items(sent(100)[30:]))
    assert times(recorded)[-1:] == evenly([100])
    assert set(np.diff(times(recorded))) == {PERIOD_US}


def test_another_rate() -> None:
    assert longest(read_recording(items(sent(200, period_us=40_000)))).rate_hz == 25.0


@pytest.mark.parametrize(("period_us", "rate"), [(10_000, 100), (250_000, 4), (10**7, 0.1)])
def test_any_rate_is_replayed(period_us: int, rate: float) -> None:
    recorded = read_recording(items(sent(200, period_us=period_us)))
    assert longest(recorded).rate_hz == pytest.approx(rate)
    off = np.abs(np.array(times(recorded)) - evenly(range(1, 201), period_us)).max()
    assert off <= min(period_us / 2, 100_000)


def test_frames_alone_were_taken_when_the_capture_says() -> None:
    """An imported recording: its capture times are the frames' own."""
    taken = of_a_radio(40.0, 300)
    arrivals = [(us - taken[0]) / 1e6 for us in taken]
    recorded = read_recording(items(raws(range(1, 301)), arrivals))
    assert longest(recorded).clock is Clock.CAPTURE
    found = np.array(times(recorded))
    assert np.abs(found - found[0] - (np.array(taken) - taken[0])).max() <= 1
    assert longest(recorded).heard_at == 1_700_000_000.0


@pytest.mark.parametrize(
    ("arrivals", "why"),
    [
        (None, "it has no capture times"),
        ([5.0] * 40, "its capture times are all the same"),
        ([float(n // 10) for n in range(40)], "most of its frames have the capture time"),
        ([0.05 * (n % 20) * 3 for n in range(40)], "its capture times go back"),
        ([1e-5 * n for n in range(40)], "by its capture times 1e[+]05 frames a second came"),
    ],
)
def test_capture_times_that_are_none_need_a_rate(arrivals: list[float] | None, why: str) -> None:
    frames = items(raws(range(1, 41)), arrivals)
    with pytest.raises(NothingToReplay, match=rf"no packet has the node's time.*{why}.*--rate"):
        read_recording(frames)
    recorded = read_recording(frames, rate_hz=20.0)
    assert times(recorded) == [PERIOD_US * n for n in range(1, 41)]
    assert longest(recorded).clock is Clock.RATE


def test_a_rate_that_the_capture_contradicts_is_believed_and_said() -> None:
    """Whoever says the rate knows that the recorder's pace was another."""
    frames = items(raws(range(1, 41)), [0.01 * n for n in range(40)])
    recorded = read_recording(frames, rate_hz=20.0)
    assert longest(recorded).clock is Clock.RATE
    (note,) = recorded.notes
    assert "100 frames a second came, not 20" in note


def test_a_rate_that_the_node_s_clock_makes_needless_is_said() -> None:
    recorded = read_recording(items(sent(100)), rate_hz=40.0)
    assert longest(recorded).rate_hz == 20.0
    assert any("--rate is not needed" in note for note in recorded.notes)


@pytest.mark.parametrize("rate_hz", [0.0, -20.0, float("nan"), float("inf"), 1e-300, 1e9])
def test_a_rate_that_is_none_is_refused(rate_hz: float) -> None:
    with pytest.raises(NothingToReplay, match="is not a possible number of frames a second"):
        read_recording(items([raw(1), raw(2)]), rate_hz=rate_hz)


@pytest.mark.parametrize("step_us", [0, -200_000])
def test_feature_states_without_time_between_them_are_refused(step_us: int) -> None:
    packets = [p for n in range(1, 20) for p in (raw(n), state(n, 10_000_000 + n * step_us))]
    with pytest.raises(NothingToReplay, match="the node's clock does not move between its frames"):
        read_recording(items(packets))


def test_after_an_hour_without_frames_the_replay_begins_anew() -> None:
    frames = items(raws(range(1, 101)), [0.05 * n + (90_000 if n > 59 else 0) for n in range(100)])
    recorded = read_recording(frames)
    assert [len(boot.frames) for boot in recorded.boots] == [60, 40]
    assert [boot.rate_hz for boot in recorded.boots] == pytest.approx([20.0, 20.0])


def test_states_of_a_boot_belong_to_it() -> None:
    recorded = read_recording(items(sent(100)))
    assert all(isinstance(packet, FeatureState) for packet in longest(recorded).sent)
