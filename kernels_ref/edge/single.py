"""Amplitudes in float32, for features that are differences of nearly equal numbers.

A running bound says how far the device may be off. Where two numbers near 1 are subtracted, the
difference may be no larger than its bound. So this module does the device's own operations in the
device's order, whose results IEEE 754 defines, and checks them by the bound of the same numbers in
float64.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels_ref.carriers import Carriers
from kernels_ref.edge.bounded import Bounded
from kernels_ref.edge.config import SLOTS, CsiFrame

Float32 = NDArray[np.float32]


def normalised(
    carriers: Carriers,
    slots: list[tuple[int, int]],
    frame: CsiFrame,
    mask: NDArray[np.bool_],
) -> Float32:
    """[SLOTS] amplitudes over their mean over `mask`; slots: (pair, slot) as from `slots_of`."""
    pair, slot = np.asarray(slots, np.int64).reshape(-1, 2).T
    size = _roots(frame, pair)
    if carriers.again:
        size = size + _roots(frame, pair + carriers.again)
    amp, count = np.zeros(SLOTS, np.float32), np.zeros(SLOTS, np.float32)
    np.add.at(amp, slot, size)  # one after the other, as the device does
    np.add.at(count, slot, np.float32(1))
    shared = np.asarray(amp / np.maximum(count, np.float32(1)), np.float32)
    mean = np.cumsum(shared, dtype=np.float32)[-1] / np.float32(mask.sum())
    return np.asarray(shared / mean, np.float32)


def _roots(frame: CsiFrame, pair: NDArray[np.int64]) -> Float32:
    power = (frame.iq[pair].astype(np.int64) ** 2).sum(axis=1)
    return np.asarray(np.sqrt(power.astype(np.float32)), np.float32)


def demand_within(single: Float32, bounded: Bounded) -> None:
    """Check that the float32 values lie within the bound of the float64 ones."""
    off = np.abs(single - bounded.value) - bounded.bound
    assert np.all(off <= 0), f"float32 is off by {off.max():.3g} more than its bound"
