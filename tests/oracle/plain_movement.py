"""Movement and falls once more, from whole arrays with numpy and scipy: a witness for the others.

It shares no code with the features or their twin. Everything is of one link, whose frames have been
put on the grid already: bands [bins, bands], and which bins have a frame of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.signal import lfilter

Float64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
HZ = 50.0


@dataclass(frozen=True)
class Grid:
    """bands [bins, bands] of amplitudes over their mean; fresh [bins]; first: the first bin's
    number since time 0."""

    bands: Float64
    fresh: Bools
    first: int


def grid_of(us: NDArray[np.int64], amplitudes: Float64, carriers: NDArray[np.int64]) -> Grid:
    """Amplitudes [frames, carriers] at times us, of carriers -32..31, as bands of four carriers."""
    relative = amplitudes / amplitudes.mean(axis=1, keepdims=True)
    number = us // 20_000
    first, count = int(number[0]), int(number[-1] - number[0]) + 1
    mean = np.zeros((count, len(carriers)))
    frames = np.bincount(number - first, minlength=count)
    np.add.at(mean, number - first, relative)
    fresh = frames > 0
    mean[fresh] /= frames[fresh, None]
    held = np.maximum.accumulate(np.where(fresh, np.arange(count), 0))
    group = (carriers + 32) // 4
    bands = [mean[held][:, group == g].mean(axis=1) for g in np.unique(group)]
    # the last bin is not complete before a frame of a later one comes
    return Grid(np.stack(bands, axis=1)[:-1], fresh[:-1], first)


def lowpass(x: Float64, hz: float) -> Float64:
    """First order, begun at rest at the first value."""
    keep = np.exp(-2 * np.pi * hz / HZ)
    state = keep * x[:1]
    out, _ = lfilter([1 - keep], [1, -keep], x, axis=0, zi=state)
    return np.asarray(out)


def change(grid: Grid) -> Float64:
    """[bins]: median over the bands of what lies between 1 and 5 Hz, of the median of three."""
    own = grid.bands[grid.fresh]
    padded = np.concatenate([own[:1], own[:1], own])
    smooth = np.median(sliding_window_view(padded, 3, axis=0), axis=-1)
    at = np.cumsum(grid.fresh) - 1
    series = smooth[at]
    begins = int(np.flatnonzero(grid.fresh)[2])  # with the third frame's bin the filters begin
    out = np.zeros(len(series))
    tail = series[begins:]
    out[begins:] = np.median(np.abs(lowpass(tail, 5.0) - lowpass(tail, 1.0)), axis=1)
    return out


def movement(grid: Grid) -> Float64:
    """[ticks of ten bins]: mean of the quieter twelve of the last fifteen ticks, once there are."""
    whole = len(grid.bands) // 10 * 10
    ticks = change(grid)[:whole].reshape(-1, 10).mean(axis=1)
    return np.sort(sliding_window_view(ticks, 15), axis=1)[:, :12].mean(axis=1)


def jumps(grid: Grid) -> Float64:
    """[bins]: mean distance from the last frame's bands; NaN where there is none of its own."""
    out = np.full(len(grid.bands), np.nan)
    where = np.flatnonzero(grid.fresh)
    apart = np.abs(np.diff(grid.bands[where], axis=0)).mean(axis=1)
    out[where[1:]] = apart
    out[: where[2] + 1] = np.nan
    return out


def violence(grid: Grid) -> Float64:
    """[bins]: of the burst that ended 2.2 s before each bin over the calm before and after it."""
    jump = jumps(grid)
    out = np.zeros(len(jump))
    for end in range(240, len(jump) + 1):
        part = jump[end - 240 : end]
        before, burst, after = (p[~np.isnan(p)] for p in (part[:100], part[110:130], part[140:]))
        if len(burst) >= 6 and min(len(before), len(after)) >= 10:
            loud = [np.quantile(c, 0.9, method="lower") for c in (before, after)]
            place = min((len(burst) - 1) // 2, len(burst) - 5)
            out[end - 1] = np.sort(burst)[place] / max(*loud, 0.01)
    return out
