"""Somebody who walks across a link again and again: two ESP32, 40 MHz, legacy field, ascending."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from harness.sensing.recordings import labels
from harness.sensing.recordings.arrays import read_array
from harness.sensing.recordings.frames import Frames, Recording, frames_of
from harness.sensing.recordings.layouts.row import number
from kernels_ref.carriers import layout_word

_WIDTH = 128
_LAYOUT = layout_word(4, first_word_invalid=True)  # primary of 40 MHz, LLTF
_HT = 1  # sig_mode


def read(folder: Path, rows: list[dict[str, str]]) -> list[Recording]:
    """Raises: BadRecording."""
    return [_recording(folder, row) for row in rows]


def _recording(folder: Path, row: Mapping[str, str]) -> Recording:
    return Recording(
        data_set=folder.name,
        name=row["recording"],
        label=labels.WALKING,
        read=partial(_frames, folder, number(row, "channel", folder)),
        session=row["recording"],
        note="across the link, with pauses",
    )


def _frames(folder: Path, channel: int) -> Frames:
    frames = frames_of(
        read_array(folder / "us_u32.xz").astype(np.int64),
        read_array(folder / "csi.i8.xz", _WIDTH),
        rssi=read_array(folder / "rssi.i8.xz"),
        channel=channel,
        layout=_LAYOUT,
    )
    return frames.chosen(read_array(folder / "sigmode.u8.xz") == _HT)
