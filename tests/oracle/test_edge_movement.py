"""Movement and falls: the twin and the firmware's C against a plain form in numpy and scipy."""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.edge_library import EdgeLibrary, open_edge_library
from harness.sensing.recordings.frames import Frames, Recording, frames_of
from hil_tests.support.recordings import recordings
from hil_tests.support.ways import Radio, Way, fall, fan, frames, walk
from kernels_ref.carriers import carriers as carriers_of
from kernels_ref.edge.config import CsiFrame, EdgeConfig, Tier
from kernels_ref.edge.twin import EdgeTwin
from tests.oracle import plain_movement as plain

MOTION = EdgeConfig(calibration_ms=5_000, tier=Tier.MOTION)
WAYS: dict[str, Way | None] = {
    "empty": None,
    "walk": walk(5.0),
    "fall": fall(9.0),
    "fan": fan(4, 8),
}
FALL = 3.25


@pytest.fixture(scope="module")
def library() -> EdgeLibrary:
    return open_edge_library()


def grid_of(listed: list[CsiFrame]) -> plain.Grid:
    iq = np.stack([f.iq.reshape(-1) for f in listed])
    return plain_of(frames_of([f.ts_us for f in listed], iq))


@pytest.mark.parametrize("rate_hz", [7.0, 20.0, 50.0, 100.0])
@pytest.mark.parametrize("name", WAYS)
def test_the_twin_moves_as_the_plain_form(name: str, rate_hz: float) -> None:
    listed = frames(14.0, WAYS[name], Radio(rate_hz, body=0.4), 3)
    twin, grid = EdgeTwin(MOTION), grid_of(listed)
    moved, burst = plain.movement(grid), plain.violence(grid)
    compared = 0
    for f in listed:
        said = twin.push(f)
        ticks = (f.ts_us // 20_000 - grid.first) // 10
        if ticks >= 15:
            assert said["motion_energy"] == pytest.approx(moved[ticks - 15], rel=1e-5)
            compared += 1
    assert compared > 50
    assert twin.features().falls == (burst[4::5].max() >= FALL)
    if name == "fall" and rate_hz >= 50.0:
        assert twin.features().falls == 1


@pytest.mark.parametrize("rate_hz", [20.0, 50.0])
def test_no_way_but_a_fall_comes_near_to_one(rate_hz: float) -> None:
    for seed in range(6):
        for name, way in WAYS.items():
            burst = plain.violence(grid_of(frames(14.0, way, Radio(rate_hz), seed))).max()
            assert name == "fall" or burst < 0.8 * FALL, (name, seed)


# ---- on recordings ------------------------------------------------------------------------------


def plain_of(heard: Frames) -> plain.Grid:
    """The frames of a recording whose frames are all alike, as the plain form takes them."""
    length = int(heard.length[0])
    pairs = heard.iq[:, :length].reshape(len(heard), -1, 2)
    known = carriers_of(int(heard.layout[0]), length // 2, pairs[0])
    place = [(r.pair + i, r.carrier + i) for r in known.runs for i in range(r.count)]
    at, carriers = np.array([p for p, _ in place]), np.array([c for _, c in place])
    amplitudes = np.hypot(*np.moveaxis(pairs[:, at].astype(np.float64), -1, 0))
    used = amplitudes.max(axis=0) > 0
    loud = amplitudes[:, used].mean(axis=1) >= 1.0
    return plain.grid_of(heard.us[loud], amplitudes[loud][:, used], carriers[used])


def alike(heard: Frames) -> Frames:
    """Those of the commonest length, sender and layout, in the order of time, none twice."""
    kinds = np.stack([heard.length, heard.sender, heard.layout], axis=1)
    _, which, counts = np.unique(kinds, axis=0, return_inverse=True, return_counts=True)
    own = heard.chosen(which.ravel() == counts.argmax())
    return own.chosen(np.r_[True, np.diff(own.us) > 0])


@pytest.mark.parametrize("data_set", ["embedded_wifi_sensing", "pulse_wifi_sensing"])
def test_the_firmware_moves_as_the_plain_form(library: EdgeLibrary, data_set: str) -> None:
    every = recordings(data_set)
    for one in _some(every):
        heard = alike(one.frames())
        said = library.session(EdgeConfig(tier=Tier.MOTION)).push(heard)
        grid = plain_of(heard)
        moved = plain.movement(grid)
        ticks = (heard.us // 20_000 - grid.first) // 10
        ready = (ticks >= 30) & (ticks < len(moved) + 15)
        assert ready.sum() > 400
        right = moved[ticks[ready] - 15]
        # all slots that are ever used are known to the plain form from the first frame on
        np.testing.assert_allclose(said["motion_energy"][ready], right, rtol=2e-3, err_msg=str(one))
        assert int(said["falls"][-1]) == int((plain.violence(grid) >= FALL).any()), one


def _some(every: list[Recording]) -> list[Recording]:
    """The first of each label."""
    return [
        next(r for r in every if r.label == label) for label in sorted({r.label for r in every})
    ]


def test_recorded_walkers_are_told_from_people_who_lie_still(library: EdgeLibrary) -> None:
    """In every person by itself the middle of walking is above all but a hundredth of lying."""
    every = recordings("embedded_wifi_sensing")
    for subject in sorted({r.subject for r in every})[:6]:
        energy = {}
        for label in ("walking", "breathing"):
            own = [r for r in every if (r.label, r.subject) == (label, subject)][:2]
            said = [library.session().push(r.frames())["motion_energy"][200:] for r in own]
            energy[label] = np.concatenate(said)
        assert np.median(energy["walking"]) > 3 * np.percentile(energy["breathing"], 95), subject
