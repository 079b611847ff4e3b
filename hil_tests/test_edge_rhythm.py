"""Breathing, heartbeat and persons on the device: against the twin, and against what was put in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.edge import EdgeFeatures
from hil_tests.support.edge import check, frozen, patterned
from hil_tests.support.judge import Judge
from hil_tests.support.recorded import csi_frames
from hil_tests.support.recordings import recordings
from kernels_ref.edge.config import CsiFrame, EdgeConfig, Quality

pytestmark = [pytest.mark.needs("memory", 96 * 1024), pytest.mark.edge_alone]

CONFIG = EdgeConfig(calibration_ms=10_000)
BREATH, HEART = Quality.RESPIRATION_VALID, Quality.HEARTBEAT_VALID
HEARD_S = 62
CARRIERS = 52


def rising_and_falling(bpm: float, s: np.ndarray) -> np.ndarray:
    return np.asarray(np.sin(2 * np.pi * bpm / 60 * s))


def frames(
    *sources: tuple[float, float], rate_hz: float = 25.0, seconds: float = HEARD_S, seed: int = 1
) -> list[CsiFrame]:
    """A radio that hears (rate a minute, share of the amplitude), with other gain in each frame."""
    rng = np.random.default_rng(seed)
    s = np.arange(int(seconds * rate_hz)) / rate_hz + rng.uniform(0, 0.4 / rate_hz)
    path = np.cumsum(rng.standard_normal((len(sources), CARRIERS)), axis=1)
    n = 1 + 0.2 * rng.standard_normal(CARRIERS) + np.zeros((len(s), 1))
    for (bpm, size), each in zip(sources, path, strict=True):
        n = n + size * rising_and_falling(bpm, s)[:, None] * each / np.sqrt((each**2).mean())
    gain = rng.uniform(30, 60, len(s))
    phase = rng.uniform(-np.pi, np.pi, (len(s), 1)) + 0.1 * np.arange(CARRIERS)
    z = gain[:, None] * n * np.exp(1j * phase)
    iq = np.round(np.stack([z.imag, z.real], axis=2)).clip(-128, 127).astype(np.int8)
    return [CsiFrame(int(t * 1e6), each, CARRIERS) for t, each in zip(s, iq, strict=True)]


def last(node: SensingNode, judge: Judge, what: str, given: list[CsiFrame]) -> EdgeFeatures:
    return check(node, judge, what, CONFIG, given)[-1]


@pytest.mark.parametrize("bpm", [7.0, 14.5, 22.0])
def test_breathing(node: SensingNode, judge: Judge, bpm: float) -> None:
    seen = last(node, judge, f"{bpm}", frames((bpm, 0.01)))
    assert seen.quality_flags & (BREATH | HEART) == BREATH
    assert seen.respiration_bpm == pytest.approx(bpm, abs=0.4)
    assert seen.respiration_conf >= 0.9
    assert seen.presence >= 0.5 and seen.n_persons == 1


def test_a_heartbeat(node: SensingNode, judge: Judge) -> None:
    seen = last(node, judge, "heartbeat", frames((14.0, 0.01), (71.0, 0.02)))
    assert seen.quality_flags & (BREATH | HEART) == BREATH | HEART
    assert seen.heartbeat_bpm == pytest.approx(71.0, abs=1.0)


def test_a_harmonic_is_no_heartbeat(node: SensingNode, judge: Judge) -> None:
    seen = last(node, judge, "harmonic", frames((18.0, 0.02), (54.0, 0.02)))
    assert not seen.quality_flags & HEART
    assert seen.heartbeat_conf == 0.0


def test_two_persons(node: SensingNode, judge: Judge) -> None:
    seen = last(node, judge, "two", frames((10.0, 0.012), (17.0, 0.012), seed=3))
    assert seen.quality_flags & BREATH
    assert seen.n_persons == 2


def test_noise_alone(node: SensingNode, judge: Judge) -> None:
    """Nobody: numbers of 8 bits and nothing else, at a rate of frames that is not even."""
    rng = np.random.default_rng(6)
    given = [f for f in frames(seed=6) if rng.random() < 0.8]
    assert not any(
        f.quality_flags & (BREATH | HEART) for f in check(node, judge, "noise", CONFIG, given)
    )


def test_few_frames_and_holes(node: SensingNode, judge: Judge) -> None:
    """Eight a second, and none for a second and a half now and then."""
    given = frames((13.0, 0.03), rate_hz=8.0, seconds=70)
    given = [f for f in given if f.ts_us % 20_000_000 > 1_500_000]
    seen = last(node, judge, "few", given)
    assert seen.quality_flags & BREATH
    assert seen.respiration_bpm == pytest.approx(13.0, abs=0.5)


def test_a_channel_that_does_not_change_at_all(node: SensingNode, judge: Judge) -> None:
    """Not even by rounding: there is no noise to hold a rate against."""
    given = patterned(frozen, HEARD_S * 25, CARRIERS, seed=1, rate_hz=25.0)
    seen = last(node, judge, "frozen", given)
    assert seen.respiration_bpm == seen.respiration_conf == seen.heartbeat_bpm == 0.0


def test_silence_ends_what_was_valid(node: SensingNode) -> None:
    given = frames((15.0, 0.02), seconds=64)
    later = [replace(f, ts_us=f.ts_us + 68_000_000) for f in given[: 25 * 40]]
    with node.edge(CONFIG) as edge:
        assert edge.push(given)[-1].features.quality_flags & BREATH
        after = [r.features for r in edge.push(later)]
    assert not any(f.quality_flags & BREATH for f in after), "nothing is left of before"
    assert after[0].respiration_bpm == 0.0


def test_a_recording(node: SensingNode, judge: Judge) -> None:
    """What is called valid is right."""
    recording = recordings("embedded_wifi_sensing", "breathing")[0]
    taken = recording.frames()
    taken = taken.chosen(taken.us - taken.us[0] < HEARD_S * 1_000_000)
    valid = [
        seen.respiration_bpm
        for seen in check(node, judge, str(recording), CONFIG, csi_frames(taken))
        if seen.quality_flags & BREATH
    ]
    assert valid, f"{recording}: breathing is clear in it"
    assert np.abs(np.array(valid) - (recording.truth_bpm or 0.0)).max() <= 1.0
