"""The twin's presence, motion and falls, judged from the frames by other means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

from kernels_ref.edge.config import EdgeConfig, PhaseMode, Quality
from kernels_ref.edge.frames import CsiFrame
from kernels_ref.edge.synth import SCENARIOS, Person, Room, Synthesizer, falling, scenario
from kernels_ref.edge.twin import EdgeTwin, Features

EIGHT = Room(n_subcarriers=8, phase_noise=0.05)  # every pair is in a slot


def unwrapped(frames: list[CsiFrame]) -> np.ndarray:
    """Phases [n, pairs] by numpy."""
    iq = np.array([f.iq for f in frames]).astype(np.float64)
    return np.unwrap(np.angle(iq[..., 0] + 1j * iq[..., 1]), axis=0)


def scores(frames: list[CsiFrame], rate: float = 20.0) -> np.ndarray:
    """Mean squared deviation from the running mean before the frame, from the second frame on."""
    phase = unwrapped(frames)
    phase -= phase[0]
    share = 1 / (10 * rate)
    mean = signal.lfilter([share], [1.0, share - 1.0], phase, axis=0)
    return np.asarray(((phase[1:] - mean[:-1]) ** 2).mean(axis=1))


def push_all(config: EdgeConfig, frames: list[CsiFrame]) -> list[Features]:
    twin = EdgeTwin(config)
    return [twin.push(frame) for frame in frames]


def test_the_presence_threshold_is_mean_and_three_sigma_of_the_empty_room() -> None:
    frames = list(Synthesizer(EIGHT, 1).frames(60.0))
    assert len(frames) == 1200
    features = push_all(EdgeConfig(), frames)
    calibrating = [bool(f.quality_flags & Quality.CALIBRATING) for f in features]
    assert calibrating == [True] * 1199 + [False]
    seen = scores(frames)
    assert features[-1]["presence_threshold"] == pytest.approx(
        seen.mean() + 3 * seen.std(), rel=1e-4
    )


def test_presence_is_a_half_at_the_threshold_and_its_score_the_running_mean() -> None:
    made = Synthesizer(EIGHT, 2)
    frames = [*made.frames(10.0), *made.frames(20.0, scenario("static", 2).people, 10.0)]
    features = push_all(EdgeConfig(calibration_frames=200), frames)
    seen = scores(frames)
    share = 1 / 40
    expected = signal.lfilter([share], [1.0, share - 1.0], seen)
    got = np.array([f["presence_score"] for f in features[1:]])
    assert np.allclose(got[:199], expected[:199], rtol=1e-3)  # later somebody comes in
    for f in features[200:]:
        above = f["presence_score"] >= f["presence_threshold"]
        assert (f["presence"] >= 0.5) == above


@pytest.mark.parametrize("rate", [20.0, 30.0])
def test_acceleration_is_the_second_difference_of_the_phase(rate: float) -> None:
    room = replace(EIGHT, rate_hz=rate, phase_noise=0.02)
    frames = list(Synthesizer(room, 3).frames(4.0, (Person(falling(2.0), heart_rad=0.0),)))
    config = EdgeConfig(rate, calibration_frames=1000, phase_mode=PhaseMode.COMMON)
    got = [f["acceleration"] for f in push_all(config, frames)]
    iq = np.array([f.iq for f in frames]).astype(np.float64)
    z = iq[..., 0] + 1j * iq[..., 1]
    steps = np.angle(z[2:] * z[1:-1].conj() ** 2 * z[:-2])
    expected = np.sqrt((steps**2).mean(axis=1)) * rate**2
    assert got[:2] == [0.0, 0.0]
    assert np.allclose(got[2:], expected, rtol=1e-6)
    assert max(got) > 250


def ramp(accelerations: list[float], rate: float = 20.0) -> list[CsiFrame]:
    """Frames whose common phase has these second differences, rad/s²."""
    rates = np.cumsum(np.array(accelerations) / rate**2)
    phase = np.cumsum(rates)
    return [
        CsiFrame(
            round(i * 1e6 / rate),
            np.array([[100 * np.cos(p), 100 * np.sin(p)]] * 8).astype(np.int8),
            8,
        )
        for i, p in enumerate(phase)
    ]


@pytest.mark.parametrize(
    ("fast", "falls"),
    [([2], []), ([3], [3]), ([9], [3]), ([3, 60, 3], [3]), ([3, 100, 3], [3, 106])],
)
def test_a_fall_is_three_frames_and_then_five_seconds_none(
    fast: list[int], falls: list[int]
) -> None:
    """fast: so many frames above the threshold, so many at rest, and so on; falls: on which."""
    pulls = [0.0] * 30
    for i, n in enumerate(fast):
        pulls += [0.0 if i % 2 else 400.0] * n
    pulls += [0.0] * 5
    config = EdgeConfig(calibration_frames=20, phase_mode=PhaseMode.COMMON)
    features = push_all(config, ramp(pulls))
    assert [i - 29 for i, f in enumerate(features) if f.fall] == falls


def test_slow_accelerations_are_no_fall() -> None:
    config = EdgeConfig(calibration_frames=20, phase_mode=PhaseMode.COMMON)
    assert push_all(config, ramp([0.0] * 30 + [200.0] * 30))[-1].falls == 0


def test_a_moved_environment_is_seen_and_calibration_recommended() -> None:
    """Somebody moved the furniture: other frequencies fade, nothing moves."""
    before, after = Synthesizer(Room(), 1), Synthesizer(replace(Room(), base=40.0), 2)
    after._base = before._base[::-1] * np.linspace(0.3, 1.5, 64)  # another frequency response
    frames = [*before.frames(10.0), *after.frames(60.0, (), 10.0)]
    features = push_all(EdgeConfig(calibration_frames=200), frames)
    assert features[199]["env_shift"] == 0
    assert max(f["env_shift"] for f in features[200:240]) < 0.1
    last = features[-1]
    assert last["env_shift"] > 0.2
    assert last.quality_flags & Quality.ENVIRONMENT_SHIFT
    assert last.quality_flags & Quality.RECALIBRATION_RECOMMENDED


def test_a_room_that_was_not_empty_asks_for_calibration() -> None:
    made = Synthesizer(Room(), 4)
    someone = scenario("static", 4).people
    features = push_all(
        EdgeConfig(calibration_frames=400),
        [*made.frames(20.0, someone), *made.frames(60.0, (), 20.0)],
    )
    assert features[-1].quality_flags & Quality.RECALIBRATION_RECOMMENDED


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_what_a_person_would_say(name: str) -> None:
    told = scenario(name, 12, 15.0)
    made = Synthesizer(Room(n_subcarriers=24), 12)
    seconds = 28.0 if name == "fall" else 24.0
    frames = [*made.frames(15.0), *made.frames(seconds, told.people, 15.0)]
    features = push_all(EdgeConfig(calibration_frames=300), frames)
    settled = features[300 + 60 :]
    assert {f["presence"] >= 0.5 for f in settled} == {told.present}
    if name != "fall":
        assert {f.active for f in settled} == {told.moving}
    assert features[-1].falls == told.falls
    assert max(f["anomaly"] for f in settled) >= 0.6 if told.falls else True
    if name in ("static", "multi"):
        assert settled[-1].n_persons == len(told.people)
        found = settled[-1]["respiration_bpm"]
        assert min(abs(found - p.breathing_bpm) for p in told.people) < 1.0
