"""One link at about 100 frames a second: an empty room, somebody walking, somebody breathing.

Two ESP32 on a 40 MHz channel; of each frame the legacy training field, in ascending order.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.sensing.recordings import labels
from harness.sensing.recordings.arrays import read_array
from harness.sensing.recordings.frames import Frames, Recording, frames_of
from harness.sensing.recordings.layouts.row import number, optional_real
from kernels_ref.carriers import layout_word

_WIDTH = 128
_LAYOUT = layout_word(4, first_word_invalid=True)  # primary of 40 MHz, LLTF
_HT = 1  # sig_mode; the few others were sent by other stations
_LABELS = {"empty": labels.EMPTY, "walking": labels.WALKING, "breathing": labels.BREATHING}


def read(folder: Path, rows: list[dict[str, str]]) -> list[Recording]:
    """Raises: BadRecording."""
    return [_recording(folder, row) for row in rows]


def _recording(folder: Path, row: Mapping[str, str]) -> Recording:
    start, count = number(row, "start", folder), number(row, "frames", folder)
    stem = folder / row["file"].removesuffix(".i8.xz")
    breathing = row["label"] == "breathing" or row["recording"].startswith("resp_")
    return Recording(
        data_set=folder.name,
        name=row["recording"],
        label=_LABELS.get(row["label"], row["label"]),
        read=partial(_frames, stem, start, count, number(row, "channel", folder)),
        session="breathing" if breathing else "room",
        truth_bpm=optional_real(row, "truth_bpm", folder),
        note=row["note"],
    )


def _frames(stem: Path, start: int, count: int, channel: int) -> Frames:
    part = slice(start, start + count)

    def array(suffix: str, width: int = 0) -> npt.NDArray[Any]:
        return read_array(stem.with_name(f"{stem.name}.{suffix}.xz"), width)[part]

    frames = frames_of(
        array("us_u32").astype(np.int64),
        array("i8", _WIDTH),
        rssi=array("rssi_i8"),
        channel=channel,
        layout=_LAYOUT,
    )
    return frames.chosen(array("sigmode_u8") == _HT)
