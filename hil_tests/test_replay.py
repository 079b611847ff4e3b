"""A recording through the node's capture again: the twin's features, and those of the recording."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from harness.compare import Budget, Term
from harness.plugin.hil_session import HilSession
from harness.sensing.node import SensingNode
from harness.sensing.plugin.fixtures import DEFAULT_RECORDING
from harness.sensing.reception.capture_file import DEFAULT_UDP_PORT, from_file
from harness.sensing.reception.item import Datagram
from harness.sensing.reception.reception import Reception
from harness.sensing.reception.recording import Recording
from harness.sensing.replay.compare import Compared, compare_with_twin, ticks_of
from harness.sensing.replay.events import Sender
from harness.sensing.replay.feed import feed
from harness.sensing.replay.frames import Boot, Recorded, TimedFrame, read_recording
from harness.sensing.replay.page import write_report
from harness.sensing.replay.result import replay_all
from harness.sensing.replay.table import replay_table
from hil_tests.support.judge import Judge
from kernels_ref.edge.mock import Scenario, arrivals
from kernels_ref.packets import EdgeVitals, RawCsiFrame, VitalsFlags

pytestmark = pytest.mark.needs("stepped-clock")

_HT40 = 8  # of kernels_ref.carriers: 192 pairs, and the frames here have 56
REASON = "running error analysis of the same formulas in float32 (kernels_ref.edge.bounded)"
SECONDS = 15


def check_against_twin(judge: Judge, compared: Compared) -> None:
    """Demand that every feature the node sent is the twin's, within the twin's own bound."""
    __tracebackhide__ = True
    cause = compared.decided_otherwise or None
    for feature in compared.errors:
        budget = Budget((Term("bound", feature.bound, REASON),))
        judge.within(
            f"replay {feature.name}", ("tick",), feature.sent, feature.right, budget, lambda: cause
        )
    assert cause is None, f"{cause}\n  repeat  {judge.repeat}"


def test_a_recording_gives_the_twins_features(
    node: SensingNode,
    judge: Judge,
    recording: Recorded,
    hil_session: HilSession,
    pytestconfig: pytest.Config,
) -> None:
    """The recording named by --recording; without it the one in fixtures/."""
    option, terminal = pytestconfig.option, hil_session.terminal
    name = option.recording.name if option.recording else DEFAULT_RECORDING
    result = replay_all(node, recording, name, terminal.percent, option.recording_every)
    if option.recording is not None:
        page = write_report(result, hil_session.folder.path)
        terminal.show(replay_table(result))
        terminal.say(f"what it said over time: {page}")
    for boot in result.boots:
        taken, right = boot.replay.status, len(boot.replay.frames)
        assert taken.accepted == right, (
            f"capture took {taken.accepted} frames, not {right}: {taken}"
        )
        check_against_twin(judge, boot.compared)


@pytest.mark.parametrize("late_us", [0, 1, 2])
def test_frames_taken_as_features_are_sent(node: SensingNode, judge: Judge, late_us: int) -> None:
    """At the very microsecond of a feature state, just behind it, and a little later."""
    boot = _boot([50_000 * n + late_us for n in range(1, 101)], 20.0)
    compared = compare_with_twin(feed(node, boot))
    assert min(len(feature.sent) for feature in compared.errors if feature.name == "motion") >= 24
    check_against_twin(judge, compared)


@pytest.mark.parametrize("rate_hz", [7.0, 33.0, 170.0])
def test_frames_at_any_rate(node: SensingNode, judge: Judge, rate_hz: float) -> None:
    """At uneven intervals, as a radio's: what the gate lets through is what the twin gets."""
    rng = np.random.default_rng(7)
    times = np.cumsum(rng.gamma(4.0, 1e6 / rate_hz / 4.0, 200)).astype(int) + 50_000
    boot = _boot(times.tolist(), rate_hz)
    replay = feed(node, boot)
    assert replay.status.accepted == len(replay.frames)
    assert replay.status.gated == replay.gated == len(times) - len(replay.frames)
    assert replay.gated > 0 or rate_hz < 100
    check_against_twin(judge, compare_with_twin(replay))


def test_a_pause_in_which_nobody_knows(node: SensingNode, judge: Judge) -> None:
    """Four seconds without a frame, and frames again."""
    times = [50_000 * n + (4_000_000 if n > 60 else 0) for n in range(1, 121)]
    replay = feed(node, _boot(times, 20.0))
    vitals = [packet for packet in replay.packets if isinstance(packet, EdgeVitals)]
    assert any(v.flags & VitalsFlags.UNKNOWN for v in vitals)
    check_against_twin(judge, compare_with_twin(replay))


def test_a_word_that_is_no_layout_is_taken_for_none(node: SensingNode, judge: Judge) -> None:
    """As other firmware writes into those two bytes: no frame is refused for it."""
    boot = _boot([50_000 * n for n in range(1, 41)], 20.0)
    for i in (7, 20):
        wrong = dataclasses.replace(boot.frames[i].packet, layout=_HT40)
        boot.frames[i] = TimedFrame(boot.frames[i].ts_us, wrong)
    recorded = Recorded(Sender(1), [boot], heard=len(boot.frames))
    result = replay_all(node, recorded, "x", lambda _doing: lambda _done, _all: None)
    assert not result.left_out
    check_against_twin(judge, result.boots[0].compared)


def test_each_boot_is_replayed_on_its_own(node: SensingNode, judge: Judge) -> None:
    """The same frames twice: the second time the node knows nothing of the first."""
    times = [50_000 * n + 25_000 for n in range(100)]
    boots = [_boot(times, 20.0), _boot([us + 7_000_000 for us in times], 20.0)]
    recorded = Recorded(Sender(1), boots, heard=200)
    result = replay_all(node, recorded, "x", lambda _doing: lambda _done, _all: None)
    assert result.replayed == 200
    first, second = (ticks_of(boot.replay.packets) for boot in result.boots)
    assert len(first) > 25
    assert first == second
    for boot in result.boots:
        check_against_twin(judge, boot.compared)


def _boot(times_us: list[int], rate_hz: float) -> Boot:
    """Frames of the clean picture, taken at these times."""
    made = arrivals(Scenario.CLEAN, 5, len(times_us)).iq
    frames = [
        TimedFrame(ts_us, _raw(i, iq.tobytes()))
        for i, (ts_us, iq) in enumerate(zip(times_us, made, strict=True))
    ]
    return Boot(node=1, rate_hz=rate_hz, frames=frames, sent=[], lost=0)


def _raw(seq: int, iq: bytes) -> RawCsiFrame:
    return RawCsiFrame(
        node_id=1,
        n_antennas=1,
        n_subcarriers=len(iq) // 2,
        freq_mhz=2437,
        seq=seq,
        rssi=-50,
        noise_floor=-92,
        iq=iq,
    )


@pytest.mark.parametrize("seed", [3, 4])
def test_what_a_node_sent_it_sends_again(
    node: SensingNode, reception: Reception, judge: Judge, tmp_path: Path, seed: int
) -> None:
    """Recorded from the node as `hil record` does, and replayed: the same features, bit for bit.

    The clean picture, whose frames are as far apart as their number says.
    """
    node.mock_scenario(Scenario.CLEAN, seed)
    node.advance(seconds=SECONDS)
    file = tmp_path / "recording.pcap"
    with Recording(file, DEFAULT_UDP_PORT) as out:
        for packet in reception.collect():
            out.write(Datagram(packet.encode(), 0.0, "node"))
    assert reception.problems() == []
    (boot,) = read_recording(from_file(file, DEFAULT_UDP_PORT)).boots
    assert (len(boot.frames), boot.rate_hz, boot.lost) == (SECONDS * 20, 20.0, 0)
    replay = feed(node, boot)
    before, after = ticks_of(boot.sent, replay.shift_us), ticks_of(replay.packets)
    again = {(tick.ts_us, *tick.values): tick.values for tick in after}
    assert len(before) >= SECONDS * 5
    for tick in before:
        assert again[(tick.ts_us, *tick.values)] == tick.values, f"at {tick.ts_us} us"
    assert any(np.any(list(tick.values.values())) for tick in before)
    check_against_twin(judge, compare_with_twin(replay))
