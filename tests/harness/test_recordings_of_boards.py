"""The recordings of real boards that are published are read whole."""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.edge_library import open_edge_library
from hil_tests.support.recordings import recordings

SETS = (
    "csi_motion_detection",
    "embedded_wifi_sensing",
    "esp_rf_sense",
    "pulse_wifi_sensing",
    "ruview_pretrain",
    "wisensing_esp32",
)


@pytest.mark.parametrize("data_set", SETS)
def test_every_recording_has_frames_and_times(data_set: str) -> None:
    for recording in recordings(data_set):
        frames = recording.frames()
        assert len(frames) >= 20, recording
        assert (np.diff(frames.us) >= 0).all(), recording
        assert frames.iq.any(axis=1).all(), f"{recording} has frames without a sample"
        rate = len(frames) / frames.seconds
        assert 5 < rate < 130, f"{recording}: {rate} frames a second"
        for span in recording.spans:
            assert frames.us[0] <= span.begin_us < span.end_us <= frames.us[-1] + 1


@pytest.mark.parametrize("data_set", SETS)
def test_no_frame_is_of_carriers_that_are_not_known(data_set: str) -> None:
    library = open_edge_library()
    for recording in recordings(data_set):
        last = library.session().push(recording.frames())[-1]
        assert (last["plain"], last["refused"], last["relinks"]) == (0, 0, 0), recording
