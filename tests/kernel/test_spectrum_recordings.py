"""Doppler bands of recordings of real boards: that they tell what moves, and how."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from harness.sensing.edge_library import EdgeLibrary, open_edge_library
from harness.sensing.recordings.frames import Recording
from harness.sensing.recordings.labels import ACTIONS, STILL, WALKING
from hil_tests.support.recordings import recordings
from kernels_ref.edge.config import EdgeConfig

A_SECOND = 5
WALK_BANDS = (4, 5, 12, 13)
"""4.7 to 10 Hz, of amplitudes and of ratios: a walk of 0.3 to 0.6 m/s towards the link."""


@pytest.fixture(scope="module")
def library() -> EdgeLibrary:
    return open_edge_library()


def spectra(library: EdgeLibrary, recording: Recording) -> NDArray[np.float32]:
    """[spectra, 16]"""
    told = library.session(EdgeConfig(spectrum_every=10)).push(recording.frames())
    return np.asarray(told["spectrum"][np.flatnonzero(np.diff(told["spectra"])) + 1])


def auc(higher: NDArray[np.float64], lower: NDArray[np.float64]) -> float:
    """How often one of the first is above one of the second."""
    u = stats.mannwhitneyu(higher, lower).statistic
    return float(u / (len(higher) * len(lower)))


def test_walking_is_told_from_other_activities_by_a_single_band(library: EdgeLibrary) -> None:
    """Of people who fall, get up, lie down, sit down and walk: the median over a trial."""
    trials = [r for r in recordings("embedded_wifi_sensing") if r.label in ACTIONS]
    medians = np.array([np.median(spectra(library, trial), axis=0) for trial in trials])
    walks = np.array([trial.label == WALKING for trial in trials])
    assert 50 < walks.sum() < len(walks) / 2
    for band in WALK_BANDS:
        found = auc(medians[walks, band], medians[~walks, band])
        assert found >= 0.98, f"band {band}: {found:.3f}"


def test_every_activity_has_its_spectra(library: EdgeLibrary) -> None:
    """Trials of twenty seconds at fifty frames: five spectra a second from the second one on, and
    each of them of numbers that a head can take."""
    for label in ACTIONS:
        trial = next(r for r in recordings("embedded_wifi_sensing") if r.label == label)
        found = spectra(library, trial)
        seconds = trial.frames().seconds - 64 / 50
        assert abs(len(found) - A_SECOND * seconds) <= 2, label
        assert np.isfinite(found).all()
        assert -14.0 < found.min() < found.max() < 8.0, label


def test_somebody_still_has_less_in_every_band_of_a_walk(library: EdgeLibrary) -> None:
    both = [r for r in recordings("embedded_wifi_sensing") if r.label in (STILL, "breathing")][::6]
    still = np.array([np.median(spectra(library, r), axis=0) for r in both])
    walking = [r for r in recordings("embedded_wifi_sensing") if r.label == WALKING][::6]
    moved = np.array([np.median(spectra(library, r), axis=0) for r in walking])
    for band in WALK_BANDS:
        assert auc(moved[:, band], still[:, band]) >= 0.97, f"band {band}"
