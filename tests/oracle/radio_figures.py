"""What frames of channel state are like, in figures: of recordings and of the synthetic room alike.

A plain numpy and scipy form that shares nothing with generator, edge features or twin but the table
of carriers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import signal

from kernels_ref.carriers import carriers

Floats = npt.NDArray[np.float64]
GRID_HZ = 20.0
NORMAL = 1.4826  # standard deviations of a median of distances


def complex_carriers(
    layout: int, iq: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.complex128], npt.NDArray[np.intp]]:
    """Carriers [n, K] that are ever other than zero, and their numbers [K]; iq: [n, pairs, 2]."""
    known = carriers(layout, iq.shape[1], iq[0])
    pairs = iq[:, known.pairs()].astype(np.float64)
    z = pairs[..., 1] + 1j * pairs[..., 0]
    used = np.abs(z).max(axis=0) > 0
    return z[:, used], known.numbers()[used]


def radio_figures(z: npt.NDArray[np.complex128], k: npt.NDArray[np.intp]) -> dict[str, float]:
    """Of the radio: z [n, K], carriers k [K].

    level: mean amplitude, counts. gain_steps: share of frames whose mean amplitude is more than
    1 dB from that of the one before. gain_db: its standard deviation. profile: standard deviation
    over the carriers of the mean gain-free amplitude; depth_db: its greatest over its least. noise:
    of one carrier from frame to frame, of the mean amplitude. slope: how much the slope of the
    phase over the carriers differs from frame to frame, rad a carrier. phase: how much of a phasor
    is left of the common phase's change from frame to frame. odd: share of frames whose profile is
    another than both neighbours'.
    """
    heard = np.abs(z).mean(axis=1) >= 1
    z = z[heard]
    mean = np.abs(z).mean(axis=1)
    n = np.abs(z) / mean[:, None]
    db = 20 * np.log10(mean)
    profile = n.mean(axis=0)
    apart = np.abs(n[1:-1] - (n[:-2] + n[2:]) / 2).mean(axis=1)
    slope, common = _clocks(z, k)
    bend = np.abs(np.diff(n, 2, axis=0))
    return {
        "level": float(np.median(mean)),
        "gain_steps": float((np.abs(np.diff(db)) > 1).mean()),
        "gain_db": float(db.std()),
        "profile": float(profile.std()),
        "depth_db": float(20 * np.log10(profile.max() / profile.min())),
        "noise": float(np.median(np.median(bend, axis=0))) * NORMAL / 6**0.5,
        "slope": float(slope.std()),
        "phase": float(np.abs(np.exp(1j * np.diff(common)).mean())),
        "odd": float((apart > 6 * np.median(apart)).mean()),
    }


def time_figures(ts_us: npt.NDArray[np.int64]) -> dict[str, float]:
    """Of when frames come: ts_us [n].

    jitter: half the distance of the 16th and 84th percentile of spacings, missed: share of spacings
    of more than one and a half; both in the usual spacing. gap_s: the longest.
    """
    spacing = np.diff(ts_us)
    usual = float(np.median(spacing))
    low, high = np.quantile(spacing, [0.16, 0.84])
    return {
        "jitter": float(high - low) / 2 / usual,
        "missed": float((spacing > 1.5 * usual).mean()),
        "gap_s": float(spacing.max()) / 1e6,
    }


def movement_figures(
    ts_us: npt.NDArray[np.int64], z: npt.NDArray[np.complex128]
) -> dict[str, float]:
    """Of what moves: standard deviations of the gain-free amplitude, of the mean amplitude.

    breath: between 0.1 and 0.6 Hz; motion: between 0.5 and 5 Hz; burst: above 0.5 Hz in the second
    in which it is greatest. Each the median over the carriers.
    """
    grid = on_grid(ts_us, gain_free(z), GRID_HZ)
    second = round(GRID_HZ)
    fast = signal.sosfiltfilt(signal.butter(2, 0.5, "high", fs=GRID_HZ, output="sos"), grid, axis=0)
    begins = range(0, len(fast) - second, 2)
    return {
        "breath": _in_band(grid, 0.1, 0.6),
        "motion": _in_band(grid, 0.5, 5.0),
        "burst": max(float(np.median(fast[i : i + second].std(axis=0))) for i in begins),
    }


def gain_free(z: npt.NDArray[np.complex128]) -> Floats:
    """Amplitudes of carriers over their mean [n, K]."""
    amplitude: Floats = np.abs(z)
    return amplitude / np.maximum(amplitude.mean(axis=1, keepdims=True), 1e-9)


def on_grid(ts_us: npt.NDArray[np.int64], values: Floats, rate_hz: float) -> Floats:
    """Means of the values [n, K] of each bin of 1 / rate_hz; an empty bin repeats the last."""
    at = ((ts_us - ts_us[0]) * rate_hz / 1e6).astype(np.int64)
    count = np.bincount(at, minlength=at.max() + 1)
    grid = np.zeros((len(count), values.shape[1]))
    np.add.at(grid, at, values)
    grid[count > 0] /= count[count > 0, None]
    last = np.maximum.accumulate(np.where(count > 0, np.arange(len(count)), 0))
    return grid[last]


def _in_band(grid: Floats, low_hz: float, high_hz: float) -> float:
    band = signal.butter(2, [low_hz, high_hz], "band", fs=GRID_HZ, output="sos")
    edge = round(GRID_HZ / 2)
    return float(np.median(signal.sosfiltfilt(band, grid, axis=0)[edge:-edge].std(axis=0)))


def _clocks(z: npt.NDArray[np.complex128], k: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Of each frame [n]: the slope of the phase, rad a carrier, less the usual one; the common
    phase."""
    neighbours = np.diff(k) == 1
    turn = (z[:, 1:] * z[:, :-1].conj())[:, neighbours].sum(axis=1)
    usual = np.angle(turn.sum())
    slope: Floats = np.angle(turn * np.exp(-1j * usual))
    straight = z * np.exp(-1j * np.outer(slope + usual, k))
    return slope, np.angle(straight.sum(axis=1))
