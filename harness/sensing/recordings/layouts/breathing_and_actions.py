"""Persons who breathe at a set pace, and actions of 20 s: an ESP32 on a 20 MHz channel.

One file for each label, its recordings one after another. The long training field in FFT order, the
first four bytes of a frame no channel data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from harness.sensing.recordings import labels
from harness.sensing.recordings.arrays import read_array
from harness.sensing.recordings.frames import BadRecording, Frames, Recording, frames_of
from harness.sensing.recordings.layouts.row import number
from kernels_ref.carriers import layout_word

_WIDTH = 128
_US = 1000
_LAYOUT = layout_word(1, first_word_invalid=True)  # 20 MHz, LLTF
_ACTIONS = {
    "FA": labels.FALL,
    "GU": labels.GET_UP,
    "LD": labels.LIE_DOWN,
    "SD": labels.SIT_DOWN,
    "WA": labels.WALKING,
}


def read(folder: Path, rows: list[dict[str, str]]) -> list[Recording]:
    """Raises: BadRecording."""
    return [_recording(folder, row) for row in rows]


def _recording(folder: Path, row: Mapping[str, str]) -> Recording:
    pace = re.fullmatch(r"(\d+)BPM", row["label"])
    if not pace and row["label"] not in _ACTIONS:
        raise BadRecording(
            f"{folder / 'manifest.csv'}: {row['label']!r} is no label that is known."
        )
    return Recording(
        data_set=folder.name,
        name=f"{row['label']}-{row['subject']}-{row['trial']}",
        label=labels.BREATHING if pace else _ACTIONS[row["label"]],
        read=partial(
            _frames,
            folder / row["file"],
            number(row, "start", folder),
            number(row, "frames", folder),
        ),
        subject=row["subject"],
        session=row["subject"],
        truth_bpm=float(pace[1]) if pace else None,
    )


def _frames(file: Path, start: int, count: int) -> Frames:
    part = slice(start, start + count)
    ms = read_array(file.with_name(file.name.replace(".i8.xz", ".ms_u32.xz")))[part]
    return frames_of(ms.astype(np.int64) * _US, read_array(file, _WIDTH)[part], layout=_LAYOUT)
