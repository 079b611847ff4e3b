"""The edge library, given whole recordings, says what the twin says frame by frame."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from harness.errors import BenchError
from harness.sensing.edge_library import EdgeLibrary, open_edge_library
from harness.sensing.recordings.frames import Frames, frames_of
from hil_tests.support.edge import play
from kernels_ref.edge.config import CsiFrame, EdgeConfig
from kernels_ref.edge.mock import Scenario
from kernels_ref.edge.twin import COUNTERS, FLOATS, EdgeTwin


@pytest.fixture(scope="module")
def library() -> EdgeLibrary:
    return open_edge_library()


def played(seconds: float = 12.0) -> list[CsiFrame]:
    return play(Scenario.WALKING, 3, 6.0, seconds - 6.0)


def as_recording(frames: list[CsiFrame]) -> Frames:
    iq = np.stack([frame.iq.reshape(-1) for frame in frames])
    us, rssi = [frame.ts_us for frame in frames], [frame.rssi for frame in frames]
    first = frames[0]
    return frames_of(us, iq, rssi=rssi, channel=first.channel, layout=first.layout)


def test_every_feature_is_the_twin_s(library: EdgeLibrary) -> None:
    config, frames = EdgeConfig(calibration_ms=3_000), played()
    seen = library.session(config).push(as_recording(frames))
    twin = EdgeTwin(config)
    for frame, row in zip(frames, seen, strict=True):
        told = SimpleNamespace(**{name: row[name] for name in seen.dtype.names or ()})
        expected = twin.push(frame, told)
        for name in FLOATS:
            value, bound = expected.floats[name].value, expected.floats[name].bound
            assert abs(float(getattr(told, name)) - float(value)) <= float(bound) + 2.0**-149, name
        for name in COUNTERS:
            assert int(getattr(told, name)) == expected.counts[name], name
    assert seen["motion_energy"][-1] > 0


def test_in_parts_as_in_one_and_on_its_own(library: EdgeLibrary) -> None:
    frames = as_recording(played())
    whole = library.session().push(frames)
    other, parts = library.session(), library.session()
    other.push(frames.chosen(slice(0, 40)))
    edges = [0, 1, 77, 150, len(frames)]
    seen = [parts.push(frames.chosen(slice(*edge))) for edge in pairwise(edges)]
    assert np.array_equal(np.concatenate(seen), whole)


def test_lengths_senders_and_layouts_reach_the_features(library: EdgeLibrary) -> None:
    frames = as_recording(played())
    senders = (bytes.fromhex("020000000001"), bytes.fromhex("020000000002"))
    sender = np.zeros(len(frames), np.uint8)
    sender[100:] = 1
    two = Frames(
        frames.us, frames.iq, frames.length, frames.layout, frames.rssi, 6, sender, senders
    )
    assert library.session().push(two)["relinks"][-1] == 1
    shorter = frames.length.copy()
    shorter[50] = 0
    cut = Frames(frames.us, frames.iq, shorter, frames.layout, frames.rssi, 6)
    assert library.session().push(cut)["refused"][-1] == 1
    with pytest.raises(ValueError, match="a sender that is not listed"):
        library.session().push(Frames(*(list(vars(two).values())[:7]), senders[:1]))


def test_a_configuration_that_is_refused(library: EdgeLibrary) -> None:
    config = EdgeConfig()
    object.__setattr__(config, "calibration_ms", 0)
    with pytest.raises(BenchError, match="refused its configuration: 0x102"):
        library.session(config)


def test_every_spectrum_is_kept_behind_a_gap_too(library: EdgeLibrary) -> None:
    """Those of a frame that ends a gap, and otherwise what the features say after each frame."""
    config = EdgeConfig(calibration_ms=3_000, spectrum_every=3)
    frames = as_recording(played())
    at = int(np.searchsorted(frames.us, frames.us[0] + 4_000_000))
    later = frames.us + np.where(np.arange(len(frames)) >= at, 800_000, 0)
    frames = replace(frames, us=later)
    seen = library.session(config).push(frames)
    spectra, index = library.session(config).push_for_spectra(frames)
    made = np.diff(seen["spectra"].astype(np.int64), prepend=0)
    assert made.max() > 5, "the gap is made up for at once"
    assert np.array_equal(np.bincount(index, minlength=len(frames)), made)
    last = np.flatnonzero(np.diff(index, append=len(frames)))
    assert np.array_equal(spectra[last], seen["spectrum"][index[last]])
    assert len(np.unique(spectra, axis=0)) == len(spectra)


def test_no_spectra_where_none_are_wanted(library: EdgeLibrary) -> None:
    spectra, index = library.session().push_for_spectra(as_recording(played()))
    assert spectra.shape == (0, 16)
    assert not len(index)
