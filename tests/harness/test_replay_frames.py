"""Which frames a recording holds, and when they were taken, though they do not say it."""

from __future__ import annotations

import dataclasses

import pytest

from harness.cli.app import run_cli
from harness.reception import Datagram, Item, NodeStarted
from harness.replay import NothingToReplay, Recorded, read_recording
from kernels_ref.packets import FeatureState, Packet, RawCsiFrame
from tests.schema.examples import EXAMPLES

FEATURES = next(p for p, _ in EXAMPLES if isinstance(p, FeatureState))
RAW = next(p for p, _ in EXAMPLES if isinstance(p, RawCsiFrame))
PERIOD_US = 50_000


def raw(seq: int, node: int = 1) -> RawCsiFrame:
    return dataclasses.replace(RAW, node_id=node, seq=seq)


def state(seq: int, ts_us: int, node: int = 1) -> FeatureState:
    return dataclasses.replace(FEATURES, node_id=node, seq=seq, ts_us=ts_us)


def sent(frames: int, node: int = 1, period_us: int = PERIOD_US) -> list[Packet]:
    """As a node sends them: the frame of a moment before the feature state of the same."""
    moments: list[tuple[int, int, Packet]] = [
        (n * period_us, 0, raw(n, node)) for n in range(1, frames + 1)
    ]
    ticks = frames * period_us // 200_000
    moments += [(n * 200_000, 1, state(n, n * 200_000, node)) for n in range(1, ticks + 1)]
    return [packet for *_, packet in sorted(moments, key=lambda moment: moment[:2])]


def items(packets: list[Packet]) -> list[Item]:
    return [Datagram(packet.encode(), None, "x") for packet in packets]


def times(recorded: Recorded) -> list[int]:
    return [frame.ts_us for frame in recorded.frames]


def test_the_times_are_those_of_the_feature_states() -> None:
    recorded = read_recording(items(sent(100)))
    assert times(recorded) == [PERIOD_US * n for n in range(1, 101)]
    assert (recorded.node, recorded.rate_hz, recorded.lost) == (1, 20.0, 0)
    assert len(recorded.sent) == 25


def test_a_frame_that_was_lost_leaves_the_others_where_they_were() -> None:
    packets = [p for p in sent(100) if not (isinstance(p, RawCsiFrame) and p.seq in (7, 8, 40))]
    recorded = read_recording(items(packets))
    expected = [PERIOD_US * n for n in range(1, 101) if n not in (7, 8, 40)]
    assert times(recorded) == expected
    assert recorded.lost == 3


def test_a_recording_that_begins_in_the_middle() -> None:
    recorded = read_recording(items(sent(100)[30:]))
    assert times(recorded)[-1] == 100 * PERIOD_US
    assert {b - a for a, b in zip(times(recorded), times(recorded)[1:], strict=False)} == {
        PERIOD_US
    }


def test_another_rate() -> None:
    recorded = read_recording(items(sent(200, period_us=40_000)))
    assert recorded.rate_hz == 25.0


def test_several_nodes_are_told_apart() -> None:
    mixed = [p for pair in zip(sent(80, 1), sent(80, 2), strict=True) for p in pair]
    assert times(read_recording(items(mixed), node=2)) == [PERIOD_US * n for n in range(1, 81)]
    with pytest.raises(NothingToReplay, match=r"frames of nodes 1, 2\. Say which: --node"):
        read_recording(items(mixed))
    with pytest.raises(NothingToReplay, match="no raw frame of node 3"):
        read_recording(items(mixed), node=3)


@pytest.mark.parametrize("said", [True, False])
def test_it_ends_where_the_node_restarted(said: bool) -> None:
    notice: list[Item] = [NodeStarted("x")] if said else []
    recorded = read_recording([*items(sent(60)), *notice, *items(sent(40))])
    assert times(recorded) == [PERIOD_US * n for n in range(1, 61)]


def test_without_feature_states_the_rate_has_to_be_said() -> None:
    frames = [p for p in sent(40) if isinstance(p, RawCsiFrame)]
    with pytest.raises(NothingToReplay, match="--rate"):
        read_recording(items(frames))
    assert times(read_recording(items(frames), rate_hz=20.0)) == [
        PERIOD_US * n for n in range(1, 41)
    ]


@pytest.mark.parametrize(("period_us", "rate"), [(10_000, "100"), (250_000, "4"), (10**7, "0.1")])
def test_a_rate_that_no_node_senses_with_is_refused(period_us: int, rate: str) -> None:
    match = rf"it has {rate}[.\d]* frames a second, a node senses with 5 to 50"
    with pytest.raises(NothingToReplay, match=match):
        read_recording(items(sent(40, period_us=period_us)))
    with pytest.raises(NothingToReplay, match=match):
        read_recording(items([raw(1)]), rate_hz=1e6 / period_us)


@pytest.mark.parametrize("rate_hz", [0.0, -20.0, float("nan"), float("inf"), 1e-300])
def test_a_rate_that_is_none_is_refused(rate_hz: float) -> None:
    with pytest.raises(NothingToReplay):
        read_recording(items([raw(1), raw(2)]), rate_hz=rate_hz)


@pytest.mark.parametrize("step_us", [0, -200_000])
def test_feature_states_without_time_between_them_are_refused(step_us: int) -> None:
    packets = [p for n in range(1, 20) for p in (raw(n), state(n, 10_000_000 + n * step_us))]
    with pytest.raises(NothingToReplay, match="no time passes between its frames"):
        read_recording(items(packets))


def test_a_number_that_can_only_be_damaged_ends_it() -> None:
    """Raw frames have no checksum: years would have to be replayed."""
    recorded = read_recording(items([*sent(60), raw(1_000_000_000), raw(61)]))
    assert times(recorded) == [PERIOD_US * n for n in range(1, 61)]


def test_a_recording_of_nothing() -> None:
    with pytest.raises(NothingToReplay, match="no raw frame"):
        read_recording([])


def test_the_command_says_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["replay", "no/such.pcap"]) == 2
    assert "no/such.pcap" in capsys.readouterr().err
