"""A file for each recording of one receiver, with frames of several lengths: ESP32-S3, 40 MHz."""

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
from harness.sensing.recordings.layouts.row import number

_WIDTH = 512
_LABELS = {
    "empty": labels.EMPTY,
    "occupied-moving": labels.MOVING,
    "occupied-door": labels.STILL,
}


def read(folder: Path, rows: list[dict[str, str]]) -> list[Recording]:
    """Raises: BadRecording."""
    return [_recording(folder, row) for row in rows]


def _recording(folder: Path, row: Mapping[str, str]) -> Recording:
    return Recording(
        data_set=folder.name,
        name=row["file"],
        label=_LABELS.get(row["label"], row["label"]),
        read=partial(_frames, folder / row["file"], number(row, "channel", folder)),
        session=f"receiver {row['receiver']}",
        note=row["note"],
    )


def _frames(stem: Path, channel: int) -> Frames:
    def array(suffix: str, width: int = 0) -> npt.NDArray[Any]:
        return read_array(stem.with_name(f"{stem.name}.{suffix}.xz"), width)

    return frames_of(
        array("us_u32").astype(np.int64),
        array("i8", _WIDTH),
        length=array("len_u16"),
        rssi=array("rssi_i8"),
        channel=channel,
    )
