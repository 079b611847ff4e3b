"""Sessions in which an empty room and somebody moving take turns: amplitudes alone.

An ESP32-S3 on a 20 MHz channel, 64 carriers of the legacy field and 64 of the HT field, each in FFT
order. `settling` marks the time in which the person leaves: it belongs to neither label.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.sensing.recordings import labels
from harness.sensing.recordings.arrays import read_array
from harness.sensing.recordings.frames import Frames, Recording, Span, frames_of, from_amplitudes
from harness.sensing.recordings.layouts.row import number
from kernels_ref.carriers import layout_word

_LAYOUT = layout_word(2)  # 20 MHz, LLTF and HT-LTF
SETTLING = "settling"
_UNSTEADY = frozenset({"part_5", "part_6"})
"""Of these the authors say that an air conditioner is switched on, or that the room drifts."""

_LABELS = {0: labels.EMPTY, 2: labels.MOVING}


def read(folder: Path, rows: list[dict[str, str]]) -> list[Recording]:
    """Raises: BadRecording."""
    return [_recording(folder, row) for row in rows]


def _recording(folder: Path, row: Mapping[str, str]) -> Recording:
    start, count = number(row, "start", folder), number(row, "frames", folder)
    part = slice(start, start + count)
    times = read_array(folder / "us_u32.xz")[part].astype(np.int64)
    label = read_array(folder / "label.u8.xz")[part].astype(np.int64)
    label[read_array(folder / "settling.u8.xz")[part] != 0] = -1
    return Recording(
        data_set=folder.name,
        name=row["session"],
        label=labels.EMPTY,
        read=partial(_frames, folder, part, number(row, "amplitudes", folder)),
        session=row["session"],
        steady=row["session"] not in _UNSTEADY,
        spans=tuple(_spans(times, label)),
    )


def _spans(times: npt.NDArray[np.int64], label: npt.NDArray[np.int64]) -> list[Span]:
    edges = [0, *(np.flatnonzero(np.diff(label)) + 1).tolist(), len(label)]
    ends = [*(int(times[edge]) for edge in edges[1:-1]), int(times[-1]) + 1]
    return [
        Span(_LABELS.get(int(label[first]), SETTLING), int(times[first]), end)
        for first, end in zip(edges[:-1], ends, strict=True)
    ]


def _frames(folder: Path, part: slice, width: int) -> Frames:
    return frames_of(
        read_array(folder / "us_u32.xz")[part].astype(np.int64),
        from_amplitudes(read_array(folder / "amp.u8.xz", width)[part]),
        rssi=read_array(folder / "rssi.i8.xz")[part],
        layout=_LAYOUT,
    )
