"""Adds something to recordings that is not a fall: odd frames, steps of the gain, a fan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from harness.sensing.recordings.frames import Frames
from kernels_ref.carriers import LayoutRefused, carriers

_FROM_US = 35_000_000  # after the calibration
_ODD_US = (38_000_000, 44_000_000, 44_020_000, 50_000_000)
_STEPS_US = (37_000_000, 41_000_000, 46_000_000, 52_000_000)
_FACTORS = (0.5, 1.0, 0.7, 0.4)

_FAN_HZ, _FAN_M, _FAN_SHARE = 7.3, 0.05, 0.2
_LIGHT, _CENTRE_HZ, _CARRIER_HZ = 299_792_458.0, 2.437e9, 312_500.0


def odd_frames(frames: Frames) -> Frames:
    """Reverses the order of the carriers' amplitudes in a frame, and later in two frames in a
    row."""
    iq = frames.iq.copy()
    for us in _ODD_US:
        i = int(np.searchsorted(frames.us, frames.us[0] + us))
        if i < len(frames):
            n = int(frames.length[i])
            iq[i, :n] = frames.iq[i, :n].reshape(-1, 2)[::-1].reshape(-1)
    return replace(frames, iq=iq)


def gain_steps(frames: Frames) -> Frames:
    """The receiver's gain changes from one frame to the next, four times."""
    since = frames.us - frames.us[0]
    factor = np.ones(len(frames))
    for us, value in zip(_STEPS_US, _FACTORS, strict=True):
        factor[since >= us] = value
    iq = np.rint(frames.iq * factor[:, None]).astype(np.int8)
    return replace(frames, iq=iq)


def fan(frames: Frames) -> Frames | None:
    """After half a minute there is one more path, a fifth as strong as the mean of the others. Its
    length changes by 5 cm, 7.3 times a second. None where the frames have no phases, or where their
    carriers are not known."""
    if not frames.iq[:, ::2].any():
        return None
    iq = frames.iq.astype(np.float64)
    since = (frames.us - frames.us[0]) / 1e6
    way = _FAN_M / 2 * np.sin(2 * np.pi * _FAN_HZ * since)
    for key in {(int(n), int(w)) for n, w in zip(frames.length, frames.layout, strict=True)}:
        rows = np.flatnonzero((frames.length == key[0]) & (frames.layout == key[1]))
        rows = rows[since[rows] >= _FROM_US / 1e6]
        if rows.size and not _add_path(iq, rows, way, *key, frames.iq):
            return None
    return replace(frames, iq=np.clip(np.rint(iq), -128, 127).astype(np.int8))


def _add_path(
    iq: npt.NDArray[np.float64],
    rows: npt.NDArray[np.int64],
    way: npt.NDArray[np.float64],
    length: int,
    layout: int,
    stored: npt.NDArray[np.int8],
) -> bool:
    pairs = stored[rows[0], :length].reshape(-1, 2)
    try:
        known = carriers(layout, length // 2, pairs)
    except LayoutRefused:
        return False
    at, number = known.pairs(), known.numbers()
    z = iq[np.ix_(rows, 2 * at + 1)] + 1j * iq[np.ix_(rows, 2 * at)]
    wavelength = _LIGHT / (_CENTRE_HZ + number * _CARRIER_HZ)
    turned = np.exp(-2j * np.pi * way[rows, None] / wavelength)
    common = np.exp(1j * np.angle(z.mean(axis=1, keepdims=True)))
    z = z + _FAN_SHARE * np.abs(z).mean(axis=1, keepdims=True) * common * turned
    iq[np.ix_(rows, 2 * at + 1)], iq[np.ix_(rows, 2 * at)] = z.real, z.imag
    return True
