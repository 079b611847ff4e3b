"""The twin's filters, correlation and estimates, judged by scipy and by a known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from kernels_ref.edge.band import CIRCLE, HEARTBEAT, RESPIRATION, Band, FilterBank
from kernels_ref.edge.bounded import Bounded
from kernels_ref.edge.config import TOP, EdgeConfig, Quality
from kernels_ref.edge.filters import bandpass
from kernels_ref.edge.synth import Person, Room, Synthesizer, still
from kernels_ref.edge.twin import EdgeTwin


def tone(hz: float, rate: float, seconds: float, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """[n, TOP]: the same tone in every slot, its sign differing, with noise of their own."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(rate * seconds)) / rate
    signs = np.where(np.arange(TOP) % 2, -1.0, 1.0)
    wave = np.sin(2 * np.pi * hz * t)[:, None] * signs
    return wave + noise * rng.standard_normal((len(t), TOP))


def feed(band: Band, x: np.ndarray) -> Band:
    for row in x:
        band.feed(Bounded(row, np.zeros(TOP)), 1)
    return band


@pytest.mark.parametrize("fs", [4.0, 4.17, 5.5, 8.0])
@pytest.mark.parametrize("edges", [(0.1, 0.5), (0.8, 1.9)])
def test_sections_are_the_filter_that_scipy_designs(edges: tuple[float, float], fs: float) -> None:
    ours = np.array([[s.g, 0, -s.g, 1, s.a1, s.a2] for s in bandpass(*edges, fs)])
    theirs = signal.butter(2, edges, "bandpass", fs=fs, output="sos")
    x = np.random.default_rng(1).standard_normal(400)
    assert np.abs(signal.sosfilt(ours, x) - signal.sosfilt(theirs, x)).max() < 1e-12


def test_the_filter_bank_filters_like_scipy() -> None:
    bank = FilterBank(bandpass(0.1, 0.5, 4.0))
    x = np.random.default_rng(2).standard_normal((300, TOP))
    made = np.array([bank.step(Bounded(row, np.zeros(TOP))).value for row in x])
    sos = np.array([[s.g, 0, -s.g, 1, s.a1, s.a2] for s in bank.sections])
    assert np.abs(made - signal.sosfilt(sos, x, axis=0)).max() < 1e-12


def test_the_filter_bank_s_bound_holds_in_float32() -> None:
    """The device's steps in float32 on inputs that are off by their bound, alternately."""
    bank = FilterBank(bandpass(0.1, 0.5, 4.0))
    rng = np.random.default_rng(3)
    state = np.zeros((2, 2, TOP), np.float32)
    worst = 0.0
    for i in range(500):
        x = rng.standard_normal(TOP)
        off = 1e-5 * np.where(np.arange(TOP) % 2, (-1) ** i, np.sign(np.sin(i)))
        made = bank.step(Bounded(x, np.full(TOP, 1.1e-5)))
        y = (x + off).astype(np.float32)
        for section, s in zip(bank.sections, state, strict=True):
            g, a1, a2 = (np.float32(c) for c in (section.g, section.a1, section.a2))
            v = g * y
            y = v + s[0]
            s[0] = s[1] - a1 * y
            s[1] = -v - a2 * y
        ratio = np.abs(y - made.value) / made.bound
        worst = max(worst, float(ratio.max()))
    assert 0.05 < worst < 1.0, "the bound holds, and is no more than twenty times too wide"


def test_correlation_and_spectrum_are_their_definitions() -> None:
    band = Band(RESPIRATION, 20.0)
    feed(band, tone(0.3, 20.0, 40.0, noise=0.3))
    sos = np.array([[s.g, 0, -s.g, 1, s.a1, s.a2] for s in band.filter.sections])
    sampled = tone(0.3, 20.0, 40.0, noise=0.3).reshape(-1, band.decimation, TOP).mean(axis=1)
    y = signal.sosfilt(sos, sampled, axis=0)
    n = len(y)
    keep = float(np.float32(1 - 1 / (20 * 4.0))) ** np.arange(n - 1, -1, -1)
    expected = [(keep[lag:, None] * y[lag:] * y[: n - lag]).sum() for lag in range(band.n_lags)]
    assert np.allclose(band.correlation.value, expected, rtol=1e-10, atol=1e-9)
    hann = 0.5 + 0.5 * np.cos(np.pi * np.arange(band.n_lags) / band.n_lags)
    r = np.array(expected) * hann
    both = np.concatenate([r, np.zeros(CIRCLE - 2 * len(r) + 1), r[:0:-1]])
    spectrum = np.fft.fft(both).real[band.bins]
    assert np.allclose(band.transform().value, spectrum, rtol=1e-5, atol=1e-5 * spectrum.max())


@pytest.mark.parametrize("rate", [10.0, 20.0, 33.3, 50.0, 100.0])
@pytest.mark.parametrize("bpm", [6.0, 7.3, 12.0, 18.1, 25.0, 30.0])
def test_breathing_is_found(bpm: float, rate: float) -> None:
    band = feed(Band(RESPIRATION, rate), tone(bpm / 60, rate, 45.0, noise=0.1))
    found = band.estimate()
    assert abs(found.bpm.value - bpm) < 0.5
    assert found.conf.value > 0.8
    assert found.least_peaks == found.most_peaks == 1


@pytest.mark.parametrize("rate", [10.0, 20.0, 50.0])
@pytest.mark.parametrize("bpm", [49.0, 60.0, 77.7, 119.0])
def test_a_heartbeat_is_found(bpm: float, rate: float) -> None:
    band = feed(Band(HEARTBEAT, rate), tone(bpm / 60, rate, 30.0, noise=0.1))
    found = band.estimate()
    assert abs(found.bpm.value - bpm) < 1.0
    assert found.conf.value > 0.7


def test_noise_gives_no_confidence() -> None:
    for seed in range(10):
        band = feed(Band(RESPIRATION, 20.0), tone(0.0, 20.0, 60.0, 0.02, seed))
        assert band.estimate().conf.value < 0.25, seed


def test_two_rhythms_are_two() -> None:
    x = tone(0.2, 20.0, 60.0) + tone(0.35, 20.0, 60.0)
    found = feed(Band(RESPIRATION, 20.0), x).estimate()
    assert found.least_peaks == found.most_peaks == 2


@pytest.mark.parametrize("bpm", [9.0, 16.0, 27.0])
@pytest.mark.parametrize("clock_shared", [True, False])
def test_breathing_of_a_person_within_one_bpm(bpm: float, clock_shared: bool) -> None:
    room = Room(clock_shared=clock_shared, n_subcarriers=32)
    made = Synthesizer(room, 7)
    twin = EdgeTwin(EdgeConfig(calibration_frames=200))
    for frame in made.frames(10.0):
        twin.push(frame)
    person = (Person(still(1.7), bpm),)
    for frame in made.frames(30.0, person, 10.0):
        features = twin.push(frame)
    assert features.quality_flags & Quality.RESPIRATION_VALID
    assert abs(features["respiration_bpm"] - bpm) < 1.0
