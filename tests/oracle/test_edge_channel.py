"""The twin's phases and running statistics, judged by numpy and scipy on their own terms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from kernels_ref.edge.channel import Channel
from kernels_ref.edge.config import EdgeConfig
from kernels_ref.edge.frames import CsiFrame
from kernels_ref.edge.synth import Person, Room, Synthesizer, still, walking

CONFIG = EdgeConfig()
SHARE = float(np.float32(1 / (10 * CONFIG.rate_hz)))


def frames_of(iq: np.ndarray, width: int | None = None) -> list[CsiFrame]:
    """iq [n, pairs, 2]"""
    width = width or iq.shape[1]
    return [
        CsiFrame(50_000 * i, x.astype(np.int8), width, iq.shape[1] // width)
        for i, x in enumerate(iq)
    ]


def run(frames: list[CsiFrame], common: bool = True) -> tuple[Channel, np.ndarray, list[float]]:
    """The channel after the frames, delta [n - 1, pairs], and the weighted mean squares."""
    channel = Channel(CONFIG, frames[0])
    deltas, energies = [], []
    for frame in frames[1:]:
        energies.append(channel.advance(frame, channel.compare(frame), common).value)
        deltas.append(channel.delta.value)
        channel.learn(frame, moving=False)
    return channel, np.array(deltas), energies


def walk(seed: int, n: int = 120) -> np.ndarray:
    """iq [n, 64, 2] of somebody who walks: phases turn many times."""
    made = Synthesizer(Room(), seed)
    return np.array([f.iq for f in made.frames(n / 20, (Person(walking()),))])


def complex_of(iq: np.ndarray) -> np.ndarray:
    return iq[..., 0].astype(np.float64) + 1j * iq[..., 1]


@pytest.mark.parametrize("seed", range(3))
def test_phases_are_unwrapped_over_time(seed: int) -> None:
    iq = walk(seed)
    _, deltas, _ = run(frames_of(iq))
    phase = np.unwrap(np.angle(complex_of(iq)), axis=0)
    turned = np.round((deltas - np.diff(phase, axis=0)) / (2 * np.pi))
    # Where a step is near half a turn the two may go different ways round, but only there.
    near_half = np.abs(np.abs(np.diff(phase, axis=0)) - np.pi) < 0.5
    assert not (turned[~near_half]).any()
    assert np.abs(deltas - np.diff(phase, axis=0) - 2 * np.pi * turned).max() < 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_phases_are_unwrapped_over_the_band(seed: int) -> None:
    """One frame's deltas lie together, within half a turn of their common rotation."""
    _, deltas, _ = run(frames_of(walk(seed)))
    assert np.abs(np.diff(deltas, axis=1)).max() < np.pi
    centre = deltas - np.unwrap(deltas, axis=1)
    assert np.abs(centre).max() < 1e-9


def test_deviation_and_variance_are_those_of_fading_weights() -> None:
    """Sample i of n weighs a(1-a)^(n-i), the first (1-a)^n: numpy's weighted mean and variance."""
    made = Synthesizer(Room(n_subcarriers=16), 4)
    iq = np.array([f.iq for f in made.frames(15.0, (Person(still(2.0), 20.0),))])
    channel, deltas, _ = run(frames_of(iq))
    phase = np.concatenate([np.zeros((1, 16)), np.cumsum(deltas, axis=0)])
    n = len(deltas)
    weights = SHARE * (1 - SHARE) ** np.arange(n, -1, -1.0)
    weights[0] = (1 - SHARE) ** n
    mean = np.average(phase, axis=0, weights=weights)
    variance = np.average((phase - mean) ** 2, axis=0, weights=weights)
    # 1 - a is a float32 too, on the device and in the twin: 6e-8 a frame
    assert np.abs(channel.deviation.value - (phase[-1] - mean)).max() < 1e-5
    assert np.abs(channel.variance.value / variance - 1).max() < 1e-4


def test_deviation_is_a_filter_of_delta() -> None:
    channel, deltas, _ = run(frames_of(walk(7)))
    rest = float(np.float32(1) - np.float32(SHARE))
    filtered = signal.lfilter([rest], [1.0, -rest], deltas, axis=0)
    assert np.abs(channel.deviation.value - filtered[-1]).max() < 1e-9


def test_the_running_power_follows_its_mean() -> None:
    iq = np.random.default_rng(1).integers(-60, 61, (400, 12, 2))
    channel, _, _ = run(frames_of(iq))
    power = (iq**2).sum(axis=2).astype(np.float64)
    expected = signal.lfilter([1 / 256], [1.0, -255 / 256], power[1:] - power[0], axis=0)[-1]
    assert np.abs(channel.power / 2**14 - power[0] - expected).max() < 0.05  # truncated 400 times


@pytest.mark.parametrize("antennas", [1, 3])
def test_offset_and_slope_are_taken_out_by_least_squares(antennas: int) -> None:
    """What is left of a frame whose clock ran away is what differs over the band."""
    made = Synthesizer(Room(clock_shared=False, n_subcarriers=30, n_antennas=antennas), 5)
    frames = list(made.frames(2.0, (Person(still(2.0), 25.0, 0.6),)))
    _, deltas, _ = run(frames, common=False)
    z = np.array([complex_of(f.iq) for f in frames])
    product = z[1:] * z[:-1].conj()
    residual = np.angle(product * product.sum(axis=1, keepdims=True).conj())
    k = np.tile(np.arange(30) - 14.5, antennas)
    for got, raw in zip(deltas, residual, strict=True):
        slope = np.polyfit(k, raw, 1)[0]
        assert np.abs(got - (raw - slope * k)).max() < 1e-3  # the common angle has 14 bits


def test_energy_is_weighted_by_power() -> None:
    iq = walk(9, 30)
    _, deltas, energies = run(frames_of(iq))
    power = (iq[1:].astype(float) ** 2).sum(axis=2)
    expected = [np.average(d**2, weights=p) for d, p in zip(deltas, power, strict=True)]
    assert np.allclose(energies, expected, rtol=1e-12)


def test_coherence_is_the_likeness_of_two_vectors() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        a, b = (frames_of(rng.integers(-90, 91, (1, 20, 2)))[0] for _ in range(2))
        x, y = complex_of(a.iq), complex_of(b.iq)
        expected = abs(np.vdot(x, y)) / np.linalg.norm(x) / np.linalg.norm(y)
        assert abs(Channel(CONFIG, a).compare(b).coherence.value - expected) < 1e-12


def test_a_sample_of_zero_waits_for_the_next() -> None:
    """A phase that cannot be told does not turn; the next is compared with the last that could."""
    iq = np.array([[[50, 0]], [[0, 0]], [[0, 50]]])
    _, deltas, _ = run(frames_of(iq))
    assert deltas[0] == 0
    assert deltas[1] == pytest.approx(np.pi / 2)
