"""Movement, presence, falls and the environment: against the twin, and as a person would say it.

Frames are of a room with paths (`hil_tests.support.ways`): 31 s of it are empty, which is the
calibration, and then something happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.edge import EdgeFeatures
from hil_tests.support.edge import check
from hil_tests.support.judge import Judge
from hil_tests.support.ways import Radio, Way, fall, fan, frames, walk
from kernels_ref.edge.config import CsiFrame, EdgeConfig, Quality, Tier

pytestmark = [pytest.mark.needs("memory", 96 * 1024), pytest.mark.edge_alone]

SHORT = EdgeConfig(calibration_ms=10_000, tier=Tier.MOTION)
FULL = EdgeConfig(tier=Tier.MOTION)
EMPTY_S = 31.0
RATES = pytest.mark.parametrize("rate_hz", [20.0, 50.0, 100.0])


def happening(
    seconds: float, way: Way | None, radio: Radio | None = None, seed: int = 1
) -> list[CsiFrame]:
    """The empty room, and then `seconds` of it with somebody who has that way (from time 0)."""
    radio = radio or Radio()
    later = None if way is None else (lambda t: way(t - EMPTY_S))
    whole = frames(EMPTY_S + seconds, later, radio, seed)
    empty = frames(EMPTY_S, None, radio, seed)
    return [*empty, *(f for f in whole if f.ts_us >= EMPTY_S * 1e6)]


def seen(node: SensingNode, listed: Sequence[CsiFrame]) -> list[EdgeFeatures]:
    """What the node says after each frame of it that comes after the empty room."""
    with node.edge(FULL) as edge:
        said = [result.features for result in edge.push(listed)]
    return [s for s, f in zip(said, listed, strict=True) if f.ts_us >= EMPTY_S * 1e6]


# ---- against the twin ---------------------------------------------------------------------------


WAYS: dict[str, Way | None] = {
    "empty": None,
    "walk": walk(13.0),
    "walk and stop": walk(11.0, 15.0),
    "fall": fall(14.0),
    "fan": fan(13.0, 17.0),
}


@pytest.mark.parametrize("rate_hz", [5.0, 20.0, 50.0])
@pytest.mark.parametrize("name", WAYS)
def test_a_way(node: SensingNode, judge: Judge, name: str, rate_hz: float) -> None:
    check(node, judge, f"{name} {rate_hz}", SHORT, frames(19.0, WAYS[name], Radio(rate_hz), 3))


def test_a_baseline_that_follows(node: SensingNode, judge: Judge) -> None:
    """Twice as much noise after the calibration, and then none: up slowly, and down."""
    loud, quiet = Radio(20.0, noise=1.2), Radio(20.0, noise=0.1)
    parts = [frames(s, None, r, 4) for s, r in ((12, Radio(20.0)), (45, loud), (20, quiet))]
    at_us = np.cumsum([0, 12_000_000, 45_000_000])
    listed = [
        replace(f, ts_us=f.ts_us + int(at))
        for part, at in zip(parts, at_us, strict=True)
        for f in part
    ]
    said = check(node, judge, "follows", SHORT, listed)
    level = [s.presence_threshold for s in said]
    assert level[len(parts[0]) + 50] < level[-len(parts[2])], "it rose where it was louder"
    assert level[-1] < level[-len(parts[2])], "and fell where it was quieter"


def test_another_link_and_a_silence(node: SensingNode, judge: Judge) -> None:
    own = frames(14.0, walk(5.0), Radio(20.0), 5)
    other = [replace(f, channel=11, ts_us=f.ts_us + 14_000_000) for f in own]
    after = [replace(f, ts_us=f.ts_us + 32_000_000) for f in own]
    said = check(node, judge, "links", replace(SHORT, calibration_ms=5_000), [*own, *other, *after])
    assert said[-1].relinks == 2
    assert said[-1].env_shift == 0.0, "the other link's empty room was never learnt"
    assert said[-1].quality_flags & Quality.RECALIBRATION_RECOMMENDED


def test_odd_frames_and_gaps(node: SensingNode, judge: Judge) -> None:
    rng = np.random.default_rng(6)
    listed = frames(24.0, walk(14.0), Radio(50.0), 6)
    kept = [f for f in listed if rng.random() > 0.2 and not 15_000_000 <= f.ts_us < 15_900_000]
    kept[500:503] = [replace(f, iq=f.iq[::-1].copy()) for f in kept[500:503]]
    check(node, judge, "odd", SHORT, kept)


# ---- as a person would say it -------------------------------------------------------------------


@RATES
def test_an_empty_room_is_still(node: SensingNode, rate_hz: float) -> None:
    said = seen(node, happening(30, None, Radio(rate_hz)))
    assert not any(s.active or s.fall or s.presence >= 0.5 for s in said)
    assert max(s.motion for s in said) < 0.05
    assert not said[-1].quality_flags & Quality.RECALIBRATION_RECOMMENDED


@RATES
def test_a_walker_is_seen_within_seconds(node: SensingNode, rate_hz: float) -> None:
    said = seen(node, happening(20, walk(2.0), Radio(rate_hz)))
    first = next(s.ts_us for s in said if s.active)
    assert 2.0 <= first / 1e6 - EMPTY_S <= 6.0
    assert all(s.presence >= 0.5 for s in said[-int(10 * rate_hz) :])
    assert said[-1].falls == 0


@RATES
def test_a_fall_is_one_fall(node: SensingNode, rate_hz: float) -> None:
    said = seen(node, happening(14, fall(7.0), Radio(rate_hz, body=0.4), seed=3))
    assert sum(s.fall for s in said) == said[-1].falls == 1
    at = next(s for s in said if s.fall)
    assert 2.0 < at.ts_us / 1e6 - EMPTY_S - 7.0 < 3.3
    assert at.quality_flags & Quality.ANOMALY_TRIGGERED


@RATES
def test_a_fan_is_movement_and_no_fall(node: SensingNode, rate_hz: float) -> None:
    said = seen(node, happening(30, fan(5.0, 25.0), Radio(rate_hz)))
    assert any(s.active for s in said)
    assert said[-1].falls == 0


@pytest.mark.parametrize("odd", [1, 2], ids=["one", "two"])
@pytest.mark.parametrize("apart", [1, 2, 5])
def test_odd_frames_are_nothing(node: SensingNode, odd: int, apart: int) -> None:
    """Profiles turned round, as no body could: one frame of them, or two."""
    listed = happening(10, None, Radio(20.0))
    for i in range(odd):
        at = len(listed) - 100 + i * apart
        turned = listed[at].iq.copy()
        turned[np.r_[1:27, 38:64]] = turned[np.r_[38:64, 1:27]]
        listed[at] = replace(listed[at], iq=turned)
    said = seen(node, listed)
    assert said[-1].falls == 0
    assert not any(s.active or s.presence >= 0.5 for s in said)


def test_a_gain_step_is_nothing(node: SensingNode) -> None:
    listed = happening(12, None, Radio(50.0, level=30.0, noise=0.3))
    half = [
        replace(f, iq=np.rint(f.iq / 2).astype(np.int8)) if i % 200 < 100 else f
        for i, f in enumerate(listed)
    ]
    said = seen(node, half)
    assert said[-1].falls == 0
    assert not any(s.active for s in said)


def test_who_sits_still_is_not_forgotten_for_minutes(node: SensingNode) -> None:
    """They come in for five seconds and then only breathe."""
    said = seen(node, happening(245, walk(0.0, 5.0), Radio(20.0)))
    assert all(s.presence >= 0.5 for s in said[8 * 20 :])
    assert said[-1].motion < 0.05


def test_a_walker_is_seen_though_no_empty_room_was(node: SensingNode) -> None:
    """They walk while it is to be learnt, and the node says that it could not be."""
    listed = frames(60.0, walk(0.0), Radio(50.0), 2)
    with node.edge(FULL) as edge:
        said = [result.features for result in edge.push(listed)]
    late = [s for s in said if s.ts_us > 35_000_000]
    assert np.mean([s.active for s in late]) > 0.9
    assert late[-1].quality_flags & Quality.RECALIBRATION_RECOMMENDED


def test_the_rate_may_change(node: SensingNode) -> None:
    """An empty room at 50 frames a second, and then at 10: nothing moves."""
    dense, thin = frames(32.0, None, Radio(50.0), 7), frames(62.0, None, Radio(10.0), 7)
    listed = [*dense, *(f for f in thin if f.ts_us > dense[-1].ts_us)]
    said = seen(node, listed)
    assert not any(s.active for s in said)


def test_moved_furniture_is_another_environment(node: SensingNode) -> None:
    """The echoes are others than when the room was empty: strength lies elsewhere."""
    radio = Radio(20.0)
    others = [f for f in frames(EMPTY_S + 60.0, None, radio, 2) if f.ts_us >= EMPTY_S * 1e6]
    said = seen(node, [*frames(EMPTY_S, None, radio, 1), *others])
    assert said[-1].env_shift >= 0.15
    assert said[-1].quality_flags & Quality.ENVIRONMENT_SHIFT
    assert said[-1].quality_flags & Quality.RECALIBRATION_RECOMMENDED
