"""Edge features frame by frame against their float64 twin, within the twin's running bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.node import Node
from hil_tests.support.edge import (
    PATTERNS,
    Pattern,
    check,
    frozen,
    joined,
    noise,
    patterned,
    play,
    retimed,
)
from hil_tests.support.judge import Judge
from hil_tests.support.refusal import refused
from kernels_ref.edge.config import EdgeConfig, PhaseMode, Quality, Tier
from kernels_ref.edge.synth import SCENARIOS, Room, Synthesizer, scenario

MEMORY = pytest.mark.needs("memory", 64 * 1024)
pytestmark = MEMORY


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario(node: Node, judge: Judge, name: str) -> None:
    config = EdgeConfig(calibration_frames=200)
    told = scenario(name, 5, 10.0)
    seconds = {"fall": 27.0, "walking": 10.0, "empty": 8.0}.get(name, 20.0)
    seen = check(node, judge, name, config, play(Room(), told, 5, 10.0, seconds))
    assert seen[-1].falls == told.falls


@pytest.mark.parametrize(
    ("room", "config"),
    [
        (Room(rate_hz=50.0), EdgeConfig(50.0, 200)),
        (Room(rate_hz=100.0, n_subcarriers=30), EdgeConfig(100.0, 300)),
        (Room(rate_hz=11.0, n_subcarriers=52), EdgeConfig(11.0, 100)),
        (Room(clock_shared=False), EdgeConfig(20.0, 200)),
        (Room(n_subcarriers=56, n_antennas=3, clock_shared=False), EdgeConfig(20.0, 100)),
        (Room(n_subcarriers=56, n_antennas=3), EdgeConfig(20.0, 50, phase_mode=PhaseMode.RESIDUAL)),
        (Room(clock_shared=False), EdgeConfig(20.0, 50, phase_mode=PhaseMode.COMMON)),
        (Room(noise=0.0, phase_noise=0.0), EdgeConfig(20.0, 100)),
        (Room(base=4.0, person=3.0), EdgeConfig(20.0, 100)),
    ],
    ids=["50Hz", "100Hz", "11Hz", "own-clock", "3x56", "residual", "forced", "noiseless", "faint"],
)
def test_a_radio(node: Node, judge: Judge, room: Room, config: EdgeConfig) -> None:
    empty_s = config.calibration_frames / room.rate_hz
    told = scenario("static", 8, empty_s)
    check(node, judge, "static", config, play(room, told, 8, empty_s, 200 / room.rate_hz))


@pytest.mark.parametrize("pairs", [1, 7, 64])
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.__name__)
def test_adversarial_samples(node: Node, judge: Judge, pattern: Pattern, pairs: int) -> None:
    check(
        node,
        judge,
        f"{pattern.__name__} {pairs}",
        EdgeConfig(calibration_frames=40),
        patterned(pattern, 90, pairs, pairs),
    )


@pytest.mark.parametrize("shape", [(1, 256), (4, 256), (1, 1024)], ids=str)
def test_the_largest_frames(node: Node, judge: Judge, shape: tuple[int, int]) -> None:
    antennas, width = shape
    rng = np.random.default_rng(3)
    room = Room(n_subcarriers=width, n_antennas=antennas)
    people = scenario("static", 3).people
    frames = joined(Synthesizer(room, 3).frames(2.0, people), patterned(noise, 12, width, 4))
    frames = [
        replace(f, iq=rng.permutation(f.iq), n_antennas=1) if len(f.iq) == width else f
        for f in frames
    ]
    check(node, judge, str(shape), EdgeConfig(calibration_frames=20), frames)


@pytest.mark.parametrize("tier", Tier)
def test_a_tier(node: Node, judge: Judge, tier: Tier) -> None:
    config = EdgeConfig(calibration_frames=60, tier=tier)
    told = scenario("static", 2, 3.0)
    seen = check(node, judge, tier.name, config, play(Room(), told, 2, 3.0, 14.0))[-1]
    assert (seen.motion_energy > 0) == (tier >= Tier.MOTION)
    assert (seen.respiration_bpm > 0) == (tier == Tier.ALL)
    assert seen.coherence > 0.9


def test_uneven_time(node: Node, judge: Judge) -> None:
    """Jitter, lost frames, two at once, gaps, and time that runs backwards."""
    rng = np.random.default_rng(11)
    told = scenario("static", 11, 3.0)
    frames = list(play(Room(), told, 11, 3.0, 22.0))
    steps = rng.choice(
        [50_000, 52_000, 48_000, 100_000, 0, 24_999, 25_000, 275_000],
        len(frames),
        p=[0.5, 0.15, 0.15, 0.1, 0.02, 0.03, 0.03, 0.02],
    )
    steps[150], steps[300], steps[400] = 274_999, 2_000_000, -1_000_000
    frames = retimed(frames, 10_000_000 + np.cumsum(steps))
    seen = check(node, judge, "uneven", EdgeConfig(calibration_frames=40), frames)
    assert seen[-1].gaps == int((steps[1:] >= 275_000).sum() + (steps[1:] < 0).sum())


def test_a_gap_is_no_fall(node: Node, judge: Judge) -> None:
    """The phase is elsewhere behind a gap: filters start anew, and nobody has fallen."""
    walker = scenario("walking", 4, 3.0)
    frames = list(play(Room(), walker, 4, 3.0, 12.0))
    cut = retimed(frames[:100] + frames[160:], [f.ts_us for f in frames[:100] + frames[160:]])
    seen = check(node, judge, "gap", EdgeConfig(calibration_frames=60, fall_threshold=400.0), cut)
    assert seen[-1].gaps == 1
    assert seen[-1].falls == 0
    assert seen[100].acceleration == 0.0


def test_other_links_are_counted_and_forgotten(node: Node, judge: Judge) -> None:
    base = patterned(frozen, 30, 32, 1)
    other = [replace(f, ts_us=f.ts_us + 1_500_000) for f in patterned(noise, 30, 32, 2)]
    more = [replace(f, ts_us=f.ts_us + 3_000_000) for f in patterned(noise, 30, 48, 3)]
    frames = joined(
        base,
        [replace(f, channel=11) for f in other],
        [replace(f, mac=b"\x02\0\0\0\0\1") for f in more],
        [replace(f, ts_us=f.ts_us + 4_500_000) for f in base],
    )
    seen = check(node, judge, "links", EdgeConfig(calibration_frames=20), frames)
    assert [seen[i].relinks for i in (29, 30, 60, 90)] == [0, 1, 2, 3]
    recommended = [bool(f.quality_flags & Quality.RECALIBRATION_RECOMMENDED) for f in seen]
    assert recommended[31] and not recommended[91], "the empty room is known of one link only"


def test_a_bad_frame_is_refused_and_changes_nothing(node: Node, judge: Judge) -> None:
    """No pair, no antenna, more than 1,024 pairs: counted, and the next frame is as if never."""
    good = patterned(noise, 40, 16, 5)
    none = replace(good[20], iq=np.zeros((0, 2), np.int8), n_subcarriers=0)
    no_antenna = replace(none, n_subcarriers=16, n_antennas=0)
    many = replace(good[20], iq=np.ones((1025, 2), np.int8), n_subcarriers=1025)
    many_antennas = replace(many, iq=np.ones((1280, 2), np.int8), n_antennas=5, n_subcarriers=256)
    config = EdgeConfig(calibration_frames=10)
    bad = [none, no_antenna, many, many_antennas]
    seen = check(node, judge, "refusals", config, joined(good[:20], bad, good[20:]))
    with node.edge(config) as edge:
        plain = [result.features for result in edge.push(good)]
    for i, (a, b) in enumerate(zip(seen[24:], plain[20:], strict=True)):
        assert replace(a, refused=0) == b, f"frame {20 + i} differs after refused ones: {a} {b}"
    assert seen[-1].refused == 4


def test_calibrating_again(node: Node, judge: Judge) -> None:
    config = EdgeConfig(calibration_frames=60)
    frames = list(play(Room(), scenario("static", 6, 3.0), 6, 3.0, 12.0))
    with node.edge(config) as edge:
        before = [result.features for result in edge.push(frames[:200])]
        edge.recalibrate()
        after = [result.features for result in edge.push(frames[200:])]
    flags = [f.quality_flags & Quality.CALIBRATING for f in [*before, *after]]
    expected = [Quality.CALIBRATING] * 59 + [0] * 141 + [Quality.CALIBRATING] * 59 + [0] * 41
    assert flags == expected
    assert after[-1].presence_threshold > 10 * before[-1].presence_threshold


@pytest.mark.parametrize(
    "change",
    [
        {"rate_hz": 9.99},
        {"rate_hz": 100.1},
        {"rate_hz": float("nan")},
        {"calibration_frames": 0},
        {"fall_threshold": 0.0},
        {"fall_threshold": float("inf")},
        {"tier": 3},
        {"phase_mode": 3},
    ],
    ids=lambda change: "-".join(f"{k}={v}" for k, v in change.items()),
)
def test_an_impossible_configuration_is_refused(node: Node, change: dict[str, float]) -> None:
    config = EdgeConfig()
    for name, value in change.items():
        object.__setattr__(config, name, value)  # past the twin's own check
    with refused("ESP_ERR_INVALID_ARG"), node.edge(config):
        pass


def test_restore_forgets_the_context(node: Node) -> None:
    with node.edge(EdgeConfig()) as edge:
        edge.push(patterned(noise, 3, 16, 1))
        node.restore()
        with refused("ESP_ERR_INVALID_STATE"):
            edge.push(patterned(noise, 3, 16, 1))
