"""The synthetic room is like the rooms that boards have recorded.

For each figure of `radio_figures` there are two ranges: where nine of ten recordings lie, in the
widest of the data sets, and where the middle half of them does. Of fifty synthetic rooms most lie
in the first and the median in the second. The ranges are figures of the recordings, taken once;
where HIL_CSI_DATA names those, they are taken again and compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from harness.sensing.recordings.frames import Frames, Recording
from hil_tests.support.recordings import recordings
from kernels_ref.edge import mock
from kernels_ref.edge.mock import Arrivals, Scenario
from tests.oracle.radio_figures import (
    complex_carriers,
    movement_figures,
    radio_figures,
    time_figures,
)

SEEDS = range(1, 51)
SECOND = 1_000_000
LEARNT = 62 * mock.RATE_HZ
MOST_OUTSIDE = 10  # rooms of fifty; of recordings a tenth is outside
RETAKEN = 0.01


@dataclass(frozen=True)
class Source:
    """A data set's recordings of one label, and the part of each that is looked at."""

    data_set: str
    label: str
    every: int = 1
    seconds: int = 60


QUIET = (
    Source("embedded_wifi_sensing", "breathing"),
    Source("pulse_wifi_sensing", "breathing"),
    Source("pulse_wifi_sensing", "empty"),
    Source("esp_rf_sense", "still"),
)
STILL = QUIET[:2]
WALKING = (
    Source("embedded_wifi_sensing", "walking", every=2),
    Source("pulse_wifi_sensing", "walking"),
)
SUDDEN = (
    Source("embedded_wifi_sensing", "fall", every=2),
    Source("embedded_wifi_sensing", "sit-down", every=2),
)


@dataclass(frozen=True)
class Range:
    """Of the sources: least 5th and greatest 95th percentile, least 25th and greatest 75th."""

    low: float
    high: float
    middle_low: float
    middle_high: float


@dataclass(frozen=True)
class Likeness:
    """A scenario, from `from_s` on, the recordings it is like, and in what."""

    scenario: Scenario
    from_s: int
    seconds: int
    sources: tuple[Source, ...]
    figures: dict[str, Range]


LIKENESSES = (
    Likeness(
        Scenario.EMPTY,
        0,
        60,
        QUIET,
        {
            "level": Range(8.547, 23.02, 11.58, 20.4),
            "gain_steps": Range(0.1284, 0.628, 0.1319, 0.5368),
            "gain_db": Range(0.4846, 2.186, 0.7216, 2.07),
            "profile": Range(0.06031, 0.4958, 0.06875, 0.4426),
            "depth_db": Range(2.057, 23.99, 2.279, 20.3),
            "noise": Range(0.02151, 0.1001, 0.02226, 0.0884),
            "slope": Range(0.001287, 0.003859, 0.00131, 0.002663),
            "phase": Range(0.00443, 0.1216, 0.008188, 0.07128),
            "odd": Range(0, 0.03639, 0, 0.002894),
            "jitter": Range(0.075, 0.9432, 0.1, 0.6714),
            "missed": Range(0.01268, 0.3167, 0.02189, 0.194),
            "gap_s": Range(0.05823, 1.168, 0.06485, 0.7601),
            "motion": Range(0.008863, 0.07015, 0.009454, 0.05117),
            "burst": Range(0.01541, 0.213, 0.0171, 0.1871),
        },
    ),
    Likeness(
        Scenario.STATIC_PERSON,
        6,
        60,
        QUIET,
        {
            "profile": Range(0.06031, 0.4958, 0.06875, 0.4426),
            "breath": Range(0.004155, 0.05544, 0.00456, 0.03351),
            "motion": Range(0.008863, 0.07015, 0.009454, 0.05117),
            "burst": Range(0.01541, 0.213, 0.0171, 0.1871),
        },
    ),
    Likeness(
        Scenario.WALKING,
        6,
        60,
        WALKING,
        {
            "gain_steps": Range(0.2688, 0.6126, 0.4279, 0.554),
            "breath": Range(0.03955, 0.1597, 0.06169, 0.1135),
            "motion": Range(0.03886, 0.1737, 0.0576, 0.1385),
            "burst": Range(0.07636, 0.3987, 0.1161, 0.388),
        },
    ),
    Likeness(
        Scenario.FALL,
        6,
        14,
        SUDDEN,
        {
            "breath": Range(0.007881, 0.1358, 0.01823, 0.1069),
            "motion": Range(0.01082, 0.1353, 0.0164, 0.08904),
            "burst": Range(0.02752, 0.3091, 0.04998, 0.266),
        },
    ),
)


def figures_of(ts_us: np.ndarray, layout: int, iq: np.ndarray) -> dict[str, float]:
    """Every figure; iq: [n, pairs, 2]."""
    z, k = complex_carriers(layout, iq)
    return radio_figures(z, k) | time_figures(ts_us) | movement_figures(ts_us, z)


def of_room(likeness: Likeness, seed: int) -> dict[str, float]:
    slots = (likeness.from_s + likeness.seconds) * mock.RATE_HZ
    heard = mock.heard(likeness.scenario, seed, slots, room_slot=LEARNT)
    heard = heard[heard.ts_us >= likeness.from_s * SECOND]
    return figures_of(heard.ts_us, mock.layout(likeness.scenario, seed), heard.iq)


@cache
def rooms(at: int) -> tuple[dict[str, float], ...]:
    return tuple(of_room(LIKENESSES[at], seed) for seed in SEEDS)


def one_layout(frames: Frames) -> Frames:
    """Those of the layout that most have, each newer than the one before."""
    kinds, counts = np.unique(frames.layout, return_counts=True)
    frames = frames.chosen(frames.layout == kinds[counts.argmax()])
    frames = frames.chosen(frames.length == np.median(frames.length))
    return frames.chosen(np.concatenate([[True], np.diff(frames.us) > 0]))


def of_recording(recording: Recording, seconds: int) -> dict[str, float]:
    frames = recording.frames()
    frames = one_layout(frames.between(frames.us[0], frames.us[0] + seconds * SECOND))
    pairs = frames.iq[:, : int(frames.length[0])].reshape(len(frames), -1, 2)
    return figures_of(frames.us, int(frames.layout[0]), pairs)


CASES = [
    pytest.param(at, name, id=f"{likeness.scenario.name.lower()}-{name}")
    for at, likeness in enumerate(LIKENESSES)
    for name in likeness.figures
]


@pytest.mark.parametrize(("at", "name"), CASES)
def test_rooms_are_like_recordings(at: int, name: str) -> None:
    known = LIKENESSES[at].figures[name]
    values = np.array([figures[name] for figures in rooms(at)])
    outside = np.flatnonzero((values < known.low) | (values > known.high)) + 1
    assert len(outside) <= MOST_OUTSIDE, f"{name} of seeds {outside} is not in {known}"
    median = float(np.median(values))
    assert known.middle_low <= median <= known.middle_high, f"median {median:.4g}"


def test_the_clean_picture_is_like_no_radio() -> None:
    """What the figures are worth: they tell the picture that has no radio in it."""
    came: Arrivals = mock.arrivals(Scenario.CLEAN, 1, 60 * mock.RATE_HZ)
    figures = figures_of(came.ts_us, 0, came.iq)
    quiet = LIKENESSES[0].figures
    for name in ("level", "gain_steps", "gain_db", "noise", "jitter", "missed"):
        assert not quiet[name].low <= figures[name] <= quiet[name].high, name
    assert figures["phase"] > 0.9  # one clock


@pytest.mark.slow
@pytest.mark.parametrize(
    "at", range(len(LIKENESSES)), ids=lambda at: LIKENESSES[at].scenario.name.lower()
)
def test_the_ranges_are_those_of_the_recordings(at: int) -> None:
    likeness = LIKENESSES[at]
    taken: list[dict[str, np.ndarray]] = []
    for source in likeness.sources:
        found = [r for r in recordings(source.data_set) if r.label == source.label]
        each = [of_recording(r, source.seconds) for r in found[:: source.every]]
        taken.append({name: np.array([f[name] for f in each]) for name in likeness.figures})
    for name, known in likeness.figures.items():
        shares = np.array([np.quantile(of[name], [0.05, 0.95, 0.25, 0.75]) for of in taken])
        least, greatest = shares.min(axis=0), shares.max(axis=0)
        found_range = (least[0], greatest[1], least[2], greatest[3])
        stated = (known.low, known.high, known.middle_low, known.middle_high)
        assert found_range == pytest.approx(stated, rel=RETAKEN, abs=1e-4), name
