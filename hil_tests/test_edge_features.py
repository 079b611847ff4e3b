"""Edge features frame by frame against their float64 twin, within the twin's running bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from hil_tests.support.edge import (
    PATTERNS,
    Pattern,
    at_rate,
    check,
    frozen,
    joined,
    noise,
    patterned,
    play,
    retimed,
    untold,
    weaker,
)
from hil_tests.support.judge import Judge
from hil_tests.support.refusal import refused
from kernels_ref.edge.config import CsiFrame, EdgeConfig, Quality, Tier
from kernels_ref.edge.mock import Scenario

MEMORY = pytest.mark.needs("memory", 96 * 1024)
pytestmark = [MEMORY, pytest.mark.edge_alone]

SHORT = EdgeConfig(calibration_ms=3_000, spectrum_every=10)


ROOMS = (
    *(Scenario.EMPTY, Scenario.STATIC_PERSON, Scenario.WALKING, Scenario.FALL),
    *(Scenario.MULTI_PERSON, Scenario.CHANNEL_SWEEP, Scenario.CLEAN, Scenario.FAN),
    Scenario.GAIN_STEP,
)
"""The scenarios in which a frame is another one; of the rest capture alone knows."""


@pytest.mark.parametrize("scenario", ROOMS, ids=lambda scenario: scenario.name.lower())
def test_a_scenario(node: SensingNode, judge: Judge, scenario: Scenario) -> None:
    longer = {Scenario.FALL: 22.0, Scenario.STATIC_PERSON: 40.0, Scenario.MULTI_PERSON: 40.0}
    frames = play(scenario, 5, 10.0, longer.get(scenario, 15.0))
    check(node, judge, scenario.name.lower(), SHORT, frames)


RADIOS: dict[str, Callable[[list[CsiFrame]], list[CsiFrame]]] = {
    "50Hz": lambda frames: at_rate(frames, 50.0),
    "100Hz": lambda frames: at_rate(untold(frames, 30), 100.0),
    "5Hz": lambda frames: at_rate(untold(frames, 52), 5.0),
    "3x56": lambda frames: untold(frames, 56, antennas=3),
    "faint": lambda frames: weaker(frames, 4),
}


@pytest.mark.parametrize("name", RADIOS)
def test_a_radio(node: SensingNode, judge: Judge, name: str) -> None:
    frames = RADIOS[name](play(Scenario.STATIC_PERSON, 8, 4.0, 10.0))
    check(node, judge, name, SHORT, frames)


@pytest.mark.parametrize("pairs", [1, 7, 64, 65])
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.__name__)
def test_adversarial_samples(node: SensingNode, judge: Judge, pattern: Pattern, pairs: int) -> None:
    frames = patterned(pattern, 90, pairs, pairs)
    check(node, judge, f"{pattern.__name__} {pairs}", EdgeConfig(1_000), frames)


@pytest.mark.parametrize("shape", [(1, 256), (4, 256), (1, 1024)], ids=str)
def test_the_largest_frames(node: SensingNode, judge: Judge, shape: tuple[int, int]) -> None:
    antennas, width = shape
    rng = np.random.default_rng(3)
    wide = untold(play(Scenario.STATIC_PERSON, 3, 0.0, 2.0), width, antennas)
    frames = joined(wide, patterned(noise, 12, width, 4))
    frames = [
        replace(f, iq=rng.permutation(f.iq), n_antennas=1) if len(f.iq) == width else f
        for f in frames
    ]
    check(node, judge, str(shape), EdgeConfig(1_000), frames)


@pytest.mark.parametrize("tier", Tier)
def test_a_tier(node: SensingNode, judge: Judge, tier: Tier) -> None:
    config = replace(SHORT, tier=tier)
    frames = play(Scenario.STATIC_PERSON, 2, 3.0, 14.0)
    seen = check(node, judge, tier.name, config, frames)[-1]
    assert (seen.motion_energy > 0) == (tier >= Tier.MOTION)
    assert seen.coherence > 0.9


# ---- time ---------------------------------------------------------------------------------------


def still(n: int, seed: int = 1, step_us: int = 20_000) -> list[CsiFrame]:
    """Frames of one unchanging channel with a little noise, one every step_us."""
    rng = np.random.default_rng(seed)
    base = rng.integers(-60, 60, (52, 2))
    made = []
    for i in range(n):
        iq = (base + rng.integers(-1, 2, base.shape)).astype(np.int8)
        made.append(CsiFrame(i * step_us, iq, 52))
    return made


def test_uneven_time(node: SensingNode, judge: Judge) -> None:
    """Jitter, loss, bursts, two in a bin, silences, and a clock that is set anew."""
    rng = np.random.default_rng(11)
    frames = play(Scenario.STATIC_PERSON, 11, 3.0, 22.0)
    steps = rng.choice(
        [50_000, 52_000, 48_000, 100_000, 1, 19_999, 20_000, 1_000_000],
        len(frames),
        p=[0.5, 0.15, 0.15, 0.1, 0.02, 0.03, 0.03, 0.02],
    )
    steps[150], steps[300], steps[400] = 3_000_000, 3_000_001, -5_000_000
    frames = retimed(frames, 10_000_000 + np.cumsum(steps))
    seen = check(node, judge, "uneven", SHORT, frames)
    assert seen[-1].gaps == 2, "3 s are no silence, a microsecond more is; a clock went back"


def test_late_and_duplicate_frames_are_counted_and_change_nothing(
    node: SensingNode, judge: Judge
) -> None:
    frames = still(60)
    odd = {
        20: replace(frames[20], ts_us=frames[17].ts_us + 5),  # of a bin that is complete
        31: replace(frames[5], ts_us=frames[30].ts_us),  # the time of another
        40: replace(frames[3], ts_us=frames[39].ts_us + 1),  # in the same bin: used
    }
    listed = [g for i, f in enumerate(frames) for g in ([odd[i], f] if i in odd else [f])]
    seen = check(node, judge, "late", SHORT, listed)[-1]
    assert (seen.late, seen.duplicates, seen.frames) == (1, 1, 63)
    dropped = [f for f in listed if f is not odd[20] and f is not odd[31]]
    plain = check(node, judge, "without", SHORT, dropped)[-1]
    counted = {"frames": plain.frames, "plain": plain.plain}
    assert replace(seen, late=0, duplicates=0, **counted) == plain


def test_the_rate_makes_no_difference_to_a_still_channel(node: SensingNode, judge: Judge) -> None:
    """The same channel at 100 frames a second and at 10: what a bin holds is the same."""
    exact = [replace(f, iq=still(1)[0].iq) for f in still(300, step_us=10_000)]
    dense = check(node, judge, "100", SHORT, exact)[-1]
    thin = check(node, judge, "10", SHORT, exact[::10])[-1]
    assert dense.motion_energy == thin.motion_energy == 0.0


def test_silence_leaves_nothing_known(node: SensingNode) -> None:
    frames = play(Scenario.WALKING, 4, 4.0, 5.0)
    with node.edge(SHORT) as edge:
        before = edge.push(frames)[-1].features
        after = edge.silent()
        again = edge.push([replace(frames[-1], ts_us=frames[-1].ts_us + 4_000_000)])[0].features
    assert before.motion_energy > 0
    assert before.quality_flags & Quality.PRESENCE_VALID
    known = Quality.PRESENCE_VALID | Quality.RESPIRATION_VALID | Quality.HEARTBEAT_VALID
    for seen in (after, again):
        assert not seen.quality_flags & known & ~(Quality.PRESENCE_VALID if seen is again else 0)
        assert seen.n_persons == seen.fall == seen.motion == seen.presence == 0
    assert after.quality_flags & Quality.DEGRADED_MODE
    assert (after.frames, after.gaps) == (before.frames, before.gaps + 1)
    assert after.vector == (0.0,) * 8
    assert again.gaps == after.gaps, "the same silence is counted once"


# ---- links --------------------------------------------------------------------------------------


def test_other_links_are_counted_and_forgotten(node: SensingNode, judge: Judge) -> None:
    base = patterned(frozen, 30, 32, 1)
    other = [replace(f, ts_us=f.ts_us + 1_500_000) for f in patterned(noise, 30, 32, 2)]
    frames = joined(
        base,
        [replace(f, channel=11) for f in other],
        [replace(f, mac=b"\x02\0\0\0\0\1", ts_us=f.ts_us + 1_500_000) for f in other],
        [replace(f, ts_us=f.ts_us + 4_500_000) for f in base],
    )
    seen = check(node, judge, "links", SHORT, frames)
    assert [seen[i].relinks for i in (29, 30, 60, 90)] == [0, 1, 2, 3]


def test_a_frame_of_other_carriers_is_not_another_link(node: SensingNode, judge: Judge) -> None:
    """Frames of another length mix with the link's: they are counted, and nothing is forgotten."""
    own = still(120)
    rng = np.random.default_rng(5)
    odd = [
        replace(f, iq=rng.integers(-90, 90, (40, 2)).astype(np.int8), n_subcarriers=40)
        for f in own[3::4]
    ]
    odd = [replace(f, ts_us=f.ts_us + 7_000) for f in odd]
    mixed = sorted([*own, *odd], key=lambda f: f.ts_us)
    seen = check(node, judge, "mixed", SHORT, mixed)[-1]
    alone = check(node, judge, "own", SHORT, own)[-1]
    assert seen.other_basis == len(odd)
    assert seen.relinks == 0
    assert seen.motion_energy == alone.motion_energy
    assert seen.coherence == alone.coherence


def test_a_link_that_moves_to_other_carriers_is_learnt_anew(
    node: SensingNode, judge: Judge
) -> None:
    own = still(60)
    later = [
        replace(f, iq=f.iq[:40], n_subcarriers=40, ts_us=f.ts_us + 1_200_000)
        for f in still(200, seed=2)
    ]
    seen = check(node, judge, "moved", SHORT, joined(own, later))[-1]
    assert seen.relinks == 1
    assert 140 <= seen.other_basis <= 160, "for three seconds it might still come back"


def test_gain_makes_no_difference(node: SensingNode, judge: Judge) -> None:
    """A channel that is twice as loud is the same channel."""
    rng = np.random.default_rng(8)
    base = rng.integers(-30, 31, (52, 2))
    frames = [
        CsiFrame(i * 20_000, (base * (1 + rng.integers(0, 4))).astype(np.int8), 52)
        for i in range(200)
    ]
    seen = check(node, judge, "gain", SHORT, frames)
    assert max(f.motion_energy for f in seen) < 1e-6


def test_carriers_that_are_always_zero_are_none(node: SensingNode, judge: Judge) -> None:
    own = still(150)
    wide = []
    for f in own:
        iq = np.zeros((60, 2), np.int8)
        iq[4:56] = f.iq
        wide.append(replace(f, iq=iq, n_subcarriers=60))
    seen = check(node, judge, "with nulls", SHORT, wide)[-1]
    alone = check(node, judge, "without", SHORT, own)[-1]
    assert seen.motion_energy == pytest.approx(alone.motion_energy, rel=1e-5)


def test_a_faint_frame_is_counted_and_passed_over(node: SensingNode, judge: Judge) -> None:
    frames = still(80)
    frames[40] = replace(frames[40], iq=np.zeros((52, 2), np.int8))
    seen = check(node, judge, "faint", SHORT, frames)[-1]
    assert seen.faint == 1
    assert seen.coherence > 0.9


# ---- refusals -----------------------------------------------------------------------------------


def test_a_bad_frame_is_refused_and_changes_nothing(node: SensingNode, judge: Judge) -> None:
    """No pair, no antenna, more than 1,024 pairs: counted, and the next frame is as if never."""
    good = patterned(noise, 40, 16, 5)
    none = replace(good[20], iq=np.zeros((0, 2), np.int8), n_subcarriers=0)
    no_antenna = replace(none, n_subcarriers=16, n_antennas=0)
    many = replace(good[20], iq=np.ones((1025, 2), np.int8), n_subcarriers=1025)
    many_antennas = replace(many, iq=np.ones((1280, 2), np.int8), n_antennas=5, n_subcarriers=256)
    bad = [none, no_antenna, many, many_antennas]
    seen = check(node, judge, "refusals", SHORT, joined(good[:20], bad, good[20:]))
    with node.edge(SHORT) as edge:
        plain = [result.features for result in edge.push(good)]
    for i, (a, b) in enumerate(zip(seen[24:], plain[20:], strict=True)):
        assert replace(a, refused=0) == b, f"frame {20 + i} differs after refused ones: {a} {b}"
    assert seen[-1].refused == 4


def test_calibrating_again(node: SensingNode, judge: Judge) -> None:
    config = EdgeConfig(calibration_ms=3_000)
    frames = play(Scenario.STATIC_PERSON, 6, 5.0, 12.0)
    with node.edge(config) as edge:
        before = [result.features for result in edge.push(frames[:200])]
        edge.recalibrate()
        after = [result.features for result in edge.push(frames[200:])]
    for part, sent in ((before, frames[:200]), (after, frames[200:])):
        flags = [bool(f.quality_flags & Quality.CALIBRATING) for f in part]
        assert flags == sorted(flags, reverse=True)
        early = sum(frame.ts_us < sent[0].ts_us + 3_000_000 for frame in sent)
        assert sum(flags) == pytest.approx(early, abs=2), "frames of three seconds"


@pytest.mark.parametrize(
    "change",
    [{"calibration_ms": 999}, {"calibration_ms": 600_001}, {"tier": 3}],
    ids=lambda change: "-".join(f"{k}={v}" for k, v in change.items()),
)
def test_an_impossible_configuration_is_refused(node: SensingNode, change: dict[str, int]) -> None:
    config = EdgeConfig()
    for name, value in change.items():
        object.__setattr__(config, name, value)  # past the twin's own check
    with refused("ESP_ERR_INVALID_ARG"), node.edge(config):
        pass


def test_restore_forgets_the_context(node: SensingNode) -> None:
    with node.edge(EdgeConfig()) as edge:
        edge.push(patterned(noise, 3, 16, 1))
        node.restore()
        with refused("ESP_ERR_INVALID_STATE"):
            edge.push(patterned(noise, 3, 16, 1))
