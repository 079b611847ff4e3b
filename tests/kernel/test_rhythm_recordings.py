"""Breathing in recordings of real boards: the firmware's C against plain numpy and scipy."""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.edge_library import EdgeLibrary, open_edge_library
from harness.sensing.recordings.frames import Frames, Recording
from hil_tests.support.recorded import WRAPPED
from hil_tests.support.recordings import recordings
from kernels_ref.edge.config import EdgeConfig, Quality
from tests.oracle.plain_rhythm import breath, by_carrier

HEARD_S, PLAIN_S = 64, 61  # seven windows: the last ends after 60.8 s, and is answered by 62.6 s
CLEAR = 2.05
NOT_MOVING = EdgeConfig(calibration_ms=600_000)  # movement is not told before it is over


@pytest.fixture(scope="module")
def library() -> EdgeLibrary:
    return open_edge_library()


def first(frames: Frames, seconds: float) -> Frames:
    return frames.chosen(frames.us - frames.us[0] < seconds * 1e6)


def amplitudes(frames: Frames) -> np.ndarray:
    """[n, carriers]: of those that are not always zero, over their mean."""
    pairs = frames.iq[:, :128].reshape(len(frames), 64, 2)[:, WRAPPED.pairs].astype(float)
    size = np.hypot(pairs[..., 0], pairs[..., 1])[:, np.argsort(WRAPPED.carriers)]
    size = size[:, size.max(axis=0) > 0]
    return np.asarray(size / size.mean(axis=1, keepdims=True))


def six_of_each_pace() -> list[Recording]:
    every = recordings("embedded_wifi_sensing", "breathing")
    return [r for pace in (10.0, 15.0, 20.0) for r in [r for r in every if r.truth_bpm == pace][:6]]


def test_the_rate_is_that_of_plain_numpy(library: EdgeLibrary) -> None:
    said = []
    for recording in six_of_each_pace():
        frames = first(recording.frames(), HEARD_S)
        told = library.session(NOT_MOVING).push(frames)[-1]
        early = first(frames, PLAIN_S)
        plain = breath(by_carrier(early.us, amplitudes(early)))
        off = abs(float(told["respiration_bpm"]) - plain.bpm)
        assert off < 0.02, f"{recording}: {told['respiration_bpm']}, in plain numpy {plain.bpm}"
        valid = bool(told["quality_flags"] & Quality.RESPIRATION_VALID)
        if abs(plain.clear - CLEAR) > 0.01:
            assert valid == (plain.clear > CLEAR), f"{recording}: valid {valid} at {plain.clear}"
        said.append((valid, abs(plain.bpm - (recording.truth_bpm or 0.0)) <= 1.0))
    valid, right = np.array(said).T
    assert valid.mean() >= 0.5, "most of them are clear"
    assert right[valid].mean() >= 0.95
