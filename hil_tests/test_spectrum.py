"""Doppler bands: against the twin, against scipy on the same frames, and what they show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy import signal

from harness.compare import Budget, Term
from harness.plugin.fixtures import Measure
from harness.sensing.node import SensingNode
from harness.sensing.structs.edge import EdgeFeatures
from hil_tests.support.edge import PATTERNS, Pattern, check, joined, patterned, retimed
from hil_tests.support.judge import Judge
from hil_tests.support.recordings import recordings
from kernels_ref.edge.config import CsiFrame, EdgeConfig

pytestmark = [pytest.mark.needs("memory", 96 * 1024), pytest.mark.edge_alone]

BIN_US = 20_000
BINS = 64
CARRIERS = 52
BANDS = ((1, 2), (2, 3), (3, 4), (4, 6), (6, 9), (9, 14), (14, 22), (22, 33))
FLOOR = 1e-6

# The node keeps its bins in steps of 1/4096 and 1/2048, a tenth and less of the noise of frames in
# int8; in a mean over a band and the carriers that is below a hundredth of the power.
STEPS = Term("steps", 0.01, "bins in 16 bits")


def config(every: int) -> EdgeConfig:
    return EdgeConfig(calibration_ms=1_000, spectrum_every=every)


def from_paths(n: int, ways: npt.NDArray[np.float64], seed: int, noise: float) -> list[CsiFrame]:
    """n frames at 50 a second of a static path and of one that is `ways` [n] wavelengths long."""
    rng = np.random.default_rng(seed)
    k = np.concatenate([np.arange(-26, 0), np.arange(1, 27)])
    still = 40 * np.exp(0.11j * k)
    moving = 12 * np.exp(-0.3j * k) * np.exp(2j * np.pi * ways)[:, None]
    z = (still + moving) * np.exp(2j * np.pi * rng.random((n, 1)))  # a clock of its own
    z = z * rng.choice([0.5, 1.0, 1.4], (n, 1))  # and a gain
    parts = np.stack([z.imag, z.real], axis=2) + rng.normal(0, noise, (n, CARRIERS, 2))
    iq = np.clip(np.rint(parts), -128, 127).astype(np.int8)
    times = BIN_US * np.arange(n) + rng.integers(0, BIN_US, n)
    return [CsiFrame(int(t), each, CARRIERS) for t, each in zip(times, iq, strict=True)]


def walk(n: int, hz: float) -> npt.NDArray[np.float64]:
    """A way that grows by `hz` wavelengths a second."""
    return hz * np.arange(n) / 50.0


# ---- a witness ----------------------------------------------------------------------------------


def bins_of(frames: list[CsiFrame]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.complex128]]:
    """Amplitudes [bins, carriers] and ratios [bins, carriers - 6], means by time, gaps held."""
    numbers = np.array([f.ts_us // BIN_US for f in frames])
    iq = np.stack([f.iq for f in frames]).astype(float)
    z = iq[..., 1] + 1j * iq[..., 0]
    mean = np.abs(z).mean(axis=1, keepdims=True)
    ratio = z[:, 6:] * z[:, :-6].conj() / mean**2
    amplitudes, ratios = [], []
    for number in range(numbers[0], numbers[-1]):
        inside = numbers == number
        if inside.any():
            amplitudes.append((np.abs(z) / mean)[inside].mean(axis=0))
            ratios.append(ratio[inside].mean(axis=0))
        else:
            amplitudes.append(amplitudes[-1])
            ratios.append(ratios[-1])
    return np.array(amplitudes), np.array(ratios)


def scipy_bands(x: npt.NDArray[np.generic], every: int) -> npt.NDArray[np.float64]:
    """[spectra, 8] of the series in the columns, both directions of complex ones added."""
    _, _, power = signal.spectrogram(
        x,
        window="hann",
        nperseg=BINS,
        noverlap=BINS - every,
        detrend="constant",
        return_onesided=False,
        scaling="spectrum",
        axis=0,
    )
    power = power.mean(axis=1) * (BINS / 2) ** 2  # [64, spectra], unscaled
    lines = np.arange(1, 33)
    both = power[lines] + power[-lines] if np.iscomplexobj(x) else power[lines]
    return np.stack([np.log(both[a - 1 : b - 1].mean(axis=0) + FLOOR) for a, b in BANDS], axis=1)


def witness(frames: list[CsiFrame], every: int) -> npt.NDArray[np.float64]:
    """[spectra, 16]"""
    return np.concatenate([scipy_bands(x, every) for x in bins_of(frames)], axis=1)


def spectra(seen: list[EdgeFeatures]) -> npt.NDArray[np.float64]:
    """Each spectrum once, [spectra, 16]."""
    found = [
        now for now, before in zip(seen[1:], seen, strict=False) if now.spectra > before.spectra
    ]
    assert [f.spectra for f in found] == list(range(1, len(found) + 1))
    return np.array([f.spectrum for f in found])


def push(node: SensingNode, frames: list[CsiFrame], every: int) -> list[EdgeFeatures]:
    with node.edge(config(every)) as edge:
        return [result.features for result in edge.push(frames)]


def compare_with_scipy(
    judge: Judge, what: str, made: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64]
) -> None:
    # A spectrum of the last bins is not finished yet: its work is spread.
    assert 0 <= len(wanted) - len(made) <= 1
    assert len(made) > 3
    judge.within(what, ("spectrum", "band"), made, wanted[: len(made)], Budget((STEPS,)))


@pytest.mark.parametrize("noise", [0.3, 2.0])
@pytest.mark.parametrize("every", [5, 10])
def test_bands_are_scipy_s(node: SensingNode, judge: Judge, every: int, noise: float) -> None:
    ways = np.cumsum(np.random.default_rng(5).normal(0, 0.05, 250))
    frames = from_paths(250, ways, 3, noise)
    made = spectra(push(node, frames, every))
    compare_with_scipy(judge, f"bands, one in {every}", made, witness(frames, every))


@pytest.mark.parametrize("label", ["walking", "fall", "lie-down"])
def test_bands_of_recordings_are_scipy_s(node: SensingNode, judge: Judge, label: str) -> None:
    """On frames of real boards at the times they came, put into bins by the test itself."""
    found = [r for r in recordings("embedded_wifi_sensing") if r.label == label]
    recorded = found[0].frames().between(0, 8e6)
    used = np.r_[2:27, 38:57]  # that the recordings hold
    frames = [
        CsiFrame(int(us), iq.reshape(-1, 2)[used], len(used))
        for us, iq in zip(recorded.us, recorded.iq, strict=True)
    ]
    made = spectra(push(node, frames, 10))
    compare_with_scipy(judge, f"bands, {label}", made, witness(frames, 10))


# ---- the twin -----------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [1, 2, 3, 7, 10])
def test_a_spectrum_of_a_moving_path(node: SensingNode, judge: Judge, every: int) -> None:
    frames = from_paths(110, walk(110, 4.0), 1, 1.0)
    check(node, judge, f"every {every}", config(every), frames)


@pytest.mark.parametrize("pairs", [1, 6, 7, 30, 64, 65])
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.__name__)
def test_adversarial_samples(node: SensingNode, judge: Judge, pattern: Pattern, pairs: int) -> None:
    frames = patterned(pattern, 100, pairs, pairs, rate_hz=50.0)
    check(node, judge, f"{pattern.__name__} {pairs}", config(9), frames)


def test_uneven_time(node: SensingNode, judge: Judge) -> None:
    rng = np.random.default_rng(4)
    frames = from_paths(300, walk(300, 3.0), 2, 1.0)
    steps = rng.choice([20_000, 1_000, 60_000, 33_000], 300, p=[0.4, 0.2, 0.2, 0.2])
    check(node, judge, "uneven", config(5), retimed(frames, np.cumsum(steps)))


def test_carriers_that_come_later_wait_for_a_whole_window(node: SensingNode, judge: Judge) -> None:
    frames = from_paths(260, walk(260, 3.0), 6, 1.0)
    late = []
    for i, frame in enumerate(frames):
        iq = frame.iq.copy()
        if i < 130:
            iq[40:] = 0
        late.append(replace(frame, iq=iq))
    seen = check(node, judge, "late carriers", config(4), late)
    made = spectra(seen)
    jump = np.abs(np.diff(made[:, :8], axis=0)).max()
    assert jump < 2.5, "a carrier's first sample is no movement"


# ---- what they show -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hz", "band"), [(1.6, 1), (2.4, 2), (5.5, 4), (9.0, 5), (13.5, 6), (21.0, 7)]
)
def test_a_speed_is_in_its_band(node: SensingNode, hz: float, band: int) -> None:
    """A path that changes by so many wavelengths a second beats at that frequency."""
    frames = from_paths(150, walk(150, hz), 7, 0.5)
    last = spectra(push(node, frames, 10))[-1]
    assert int(np.argmax(last[:8])) == band
    assert int(np.argmax(last[8:])) == band


def test_gain_and_clock_make_no_difference(node: SensingNode) -> None:
    """Whatever the receiver's gain and phase: a still channel has noise alone in every band."""
    frames = from_paths(150, np.zeros(150), 8, 0.5)
    last = spectra(push(node, frames, 10))[-1]
    moving = spectra(push(node, from_paths(150, walk(150, 6.0), 8, 0.5), 10))[-1]
    assert np.ptp(last[:8]) < 2.0
    assert moving[:8].max() > last[:8].max() + 3.0


@pytest.mark.parametrize("every", [1, 3, 10, 50])
def test_the_spread_work_changes_no_bit(node: SensingNode, every: int) -> None:
    """Of every n-th spectrum nothing but the time of its completion differs."""
    frames = from_paths(180, walk(180, 4.0), 9, 1.0)
    each = spectra(push(node, frames, 1))
    made = spectra(push(node, frames, every))
    assert len(each) == 180 - BINS
    assert 0 <= -(-len(each) // every) - len(made) <= 1
    assert np.array_equal(made, each[::every][: len(made)])


def test_none_is_computed_where_none_is_wanted(node: SensingNode) -> None:
    seen = push(node, from_paths(100, walk(100, 4.0), 9, 1.0), 0)
    assert {f.spectra for f in seen} == {0}
    assert not np.any([f.spectrum for f in seen])


def test_a_silence_begins_a_new_window(node: SensingNode, judge: Judge) -> None:
    frames = from_paths(100, walk(100, 4.0), 10, 1.0)
    after = [replace(f, ts_us=f.ts_us + 10_000_000) for f in frames]
    seen = check(node, judge, "silence", config(10), joined(frames, after))
    counts = [f.spectra for f in seen]
    assert counts[99] == counts[100 + BINS - 1] == 4
    assert counts[-1] == 8
    assert not any(seen[120].spectrum), "nothing is said of what is not known"


# ---- cost ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [10, 5, 1])
def test_cost_of_spectra(node: SensingNode, measure: Measure, every: int) -> None:
    """What a frame takes more than without spectra."""
    frames = from_paths(64 + 40, walk(104, 4.0), 11, 1.0)
    costs = []
    for chosen in (every, 0):
        with node.edge(config(chosen)) as edge:
            costs.append(np.array([r.cycles for r in edge.push(frames)][-40:], float))
    more = costs[0] - costs[1]
    unit = node.status().cycle_unit.name.lower()
    measure(f"spectra, one in {every} bins, mean", float(more.mean()), unit)
    measure(f"spectra, one in {every} bins, most", float(more.max()), unit)
