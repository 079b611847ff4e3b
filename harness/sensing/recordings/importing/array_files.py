"""Reads numpy arrays: an .npz, or an .xz with a file of its times beside it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.sensing.recordings.arrays import read_array
from harness.sensing.recordings.frames import BadRecording, Frames, frames_of, from_amplitudes
from harness.sensing.recordings.importing.clock import Clock, even_times, unit_by_name

_SAMPLES = ("iq", "csi", "csi_data", "data")
_AMPLITUDES = ("amplitude", "amplitudes", "amp")
_TIMES = ("us", "ms", "timestamp_us", "timestamps", "timestamp", "time", "times", "ts", "t")
_TOP = 120  # the largest part of a complex frame becomes 60 to 120


def read_npz(path: Path, rate_hz: float | None = None) -> Frames:
    """iq: int8 [n, bytes], pairs (imaginary, real); csi: the same, or complex [n, carriers];
    amplitudes: [n, carriers]. us, ms or timestamps: [n]. rssi, length, layout: [n], optional.

    Raises: BadRecording.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise BadRecording(f"{path} is not an .npz of plain arrays: {error}.") from None
    name = next((name for name in (*_SAMPLES, *_AMPLITUDES) if name in arrays), None)
    if name is None:
        listed = ", ".join(sorted(arrays)) or "nothing"
        raise BadRecording(
            f"{path} has {listed}, but no channel state.",
            f"Call it {', '.join(_SAMPLES[:2])} or {_AMPLITUDES[1]}.",
        )
    iq = _pairs(path, name, arrays[name])
    more: dict[str, Any] = {}
    for each in ("rssi", "length", "layout"):
        if each in arrays:
            more[each] = arrays[each].reshape(-1)
    channel = int(arrays["channel"].reshape(-1)[0]) if "channel" in arrays else 0
    return _fitting(path, _times(path, arrays, len(iq), rate_hz), iq, channel, more)


def read_xz(path: Path, width: int) -> Frames:
    """csi.i8.xz: int8 rows of `width` bytes. Beside it csi.us_u32.xz or csi.ms_u32.xz; rssi_i8 and
    len_u16 where there are such files.

    Raises: BadRecording.
    """
    stem = path.name.removesuffix(".xz").removesuffix(".i8")

    def beside(suffix: str) -> Path:
        return path.with_name(f"{stem}.{suffix}.xz")

    for suffix, unit in (("us_u32", 1), ("ms_u32", 1000)):
        if beside(suffix).is_file():
            times = read_array(beside(suffix)).astype(np.int64) * unit
            break
    else:
        raise BadRecording(f"{path} has no times beside it: {beside('us_u32').name}.")
    more = {
        name: read_array(beside(suffix))
        for name, suffix in (("rssi", "rssi_i8"), ("length", "len_u16"))
        if beside(suffix).is_file()
    }
    return _fitting(path, times, read_array(path, width), 0, more)


def _fitting(
    path: Path,
    times: npt.NDArray[np.int64],
    iq: npt.NDArray[np.int8],
    channel: int,
    more: Mapping[str, Any],
) -> Frames:
    for name, array in {"times": times, **more}.items():
        if len(array) != len(iq):
            raise BadRecording(f"{path}: {name} has {len(array)} values for {len(iq)} frames.")
    return frames_of(times, iq, channel=channel, **more)


def _pairs(path: Path, name: str, array: npt.NDArray[Any]) -> npt.NDArray[np.int8]:
    flat = array.reshape(len(array), -1) if array.ndim > 1 else array
    if flat.ndim != 2 or not flat.size or not np.isfinite(flat).all():
        raise BadRecording(
            f"{path}: {name} has the shape {array.shape}, or numbers that are not finite.",
            "It is [frames, …], with at least one of each.",
        )
    if name in _AMPLITUDES:
        if np.iscomplexobj(flat) or (flat < 0).any():
            raise BadRecording(f"{path}: {name} has values below 0, or complex ones.")
        return from_amplitudes(flat)
    if np.iscomplexobj(flat):
        return _of_complex(flat)
    if flat.min() < -128 or flat.max() > 127 or (flat != np.rint(flat)).any():
        raise BadRecording(f"{path}: {name} has values that int8 does not hold.")
    return np.ascontiguousarray(flat, np.int8)


def _of_complex(csi: npt.NDArray[Any]) -> npt.NDArray[np.int8]:
    """Each frame is multiplied by a power of two; every frame is divided by its mean later."""
    parts = np.stack([csi.imag, csi.real], axis=-1)
    largest = np.abs(parts).max(axis=(1, 2), keepdims=True)
    scale = np.exp2(np.floor(np.log2(_TOP / np.where(largest > 0, largest, 1.0))))
    pairs: npt.NDArray[np.int8] = np.rint(parts * scale).astype(np.int8).reshape(len(csi), -1)
    return pairs


def _times(
    path: Path, arrays: Mapping[str, npt.NDArray[Any]], n: int, rate_hz: float | None
) -> npt.NDArray[np.int64]:
    if rate_hz is not None:
        return even_times(n, rate_hz)
    name = next((name for name in _TIMES if name in arrays), None)
    if name is None:
        raise BadRecording(
            f"{path} has no times: us, ms or timestamps.",
            "If you know how many frames a second there were, give it: --rate.",
        )
    try:
        values = arrays[name].reshape(-1).astype(np.float64)
    except (TypeError, ValueError):
        raise BadRecording(f"{path}: {name} holds no numbers.") from None
    if not np.isfinite(values).all():
        raise BadRecording(f"{path}: {name} has a time that is not finite.")
    return Clock(unit_by_name(name)).to_us(values)
