"""Readers of published sets of recordings, one for each form of a manifest.

A reader gets the folder and a row of its manifest, and gives the recording. All of them raise
BadRecording for a row or a file that cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.sensing.recordings import labels
from harness.sensing.recordings.arrays import read_array
from harness.sensing.recordings.frames import (
    BadRecording,
    Frames,
    Recording,
    Span,
    frames_of,
    from_amplitudes,
    joined,
)
from harness.sensing.recordings.manifest_rows import number, optional_real
from kernels_ref.carriers import layout_word

Row = Mapping[str, str]

SETTLING = "settling"
UNLABELLED = "unlabelled"

_ALL = slice(None)
_LLTF_WIDTH = 128  # bytes of a frame
_HT40_WIDTH = 512
_SECONDARY_LLTF = layout_word(4, first_word_invalid=True)  # primary of 40 MHz, LLTF
_HT = 1  # sig_mode; the few other frames were sent by other stations


def _array(prefix: str, suffix: str, width: int = 0, part: slice = _ALL) -> npt.NDArray[Any]:
    """A part of the file whose name begins so, and ends in the suffix and .xz."""
    return read_array(Path(f"{prefix}{suffix}.xz"), width)[part]


def _part(folder: Path, row: Row) -> slice:
    """Which frames of a file are the row's."""
    start = number(row, "start", folder)
    return slice(start, start + number(row, "frames", folder))


# ---- an empty room and somebody moving take turns: amplitudes of an ESP32-S3 -------------------

_SESSION_LABELS = {0: labels.EMPTY, 2: labels.MOVING}
_SESSION_LAYOUT = layout_word(2)  # 20 MHz: 64 carriers of the LLTF, 64 of the HT-LTF, in FFT order
_UNSTEADY = frozenset({"part_5", "part_6"})
"""In these, the authors say, an air conditioner is switched on, or the room drifts."""


def session(folder: Path, row: Row) -> Recording:
    """The time in which the person leaves is `settling`: it belongs to neither label."""
    part = _part(folder, row)
    label = _array(f"{folder}/", "label.u8", part=part).astype(np.int64)
    label[_array(f"{folder}/", "settling.u8", part=part) != 0] = -1
    return Recording(
        data_set=folder.name,
        name=row["session"],
        label=labels.EMPTY,
        read=partial(_session_frames, folder, part, number(row, "amplitudes", folder)),
        session=row["session"],
        steady=row["session"] not in _UNSTEADY,
        spans=tuple(_spans(_session_times(folder, part), label)),
    )


def _session_times(folder: Path, part: slice) -> npt.NDArray[np.int64]:
    return _array(f"{folder}/", "us_u32", part=part).astype(np.int64)


def _spans(times: npt.NDArray[np.int64], label: npt.NDArray[np.int64]) -> list[Span]:
    edges = [0, *(np.flatnonzero(np.diff(label)) + 1).tolist(), len(label)]
    ends = [*(int(times[edge]) for edge in edges[1:-1]), int(times[-1]) + 1]
    return [
        Span(_SESSION_LABELS.get(int(label[first]), SETTLING), int(times[first]), end)
        for first, end in zip(edges[:-1], ends, strict=True)
    ]


def _session_frames(folder: Path, part: slice, width: int) -> Frames:
    return frames_of(
        _session_times(folder, part),
        from_amplitudes(_array(f"{folder}/", "amp.u8", width, part)),
        rssi=_array(f"{folder}/", "rssi.i8", part=part),
        layout=_SESSION_LAYOUT,
    )


# ---- breathing at a set pace, and actions of 20 s: an ESP32 on a 20 MHz channel ----------------

_ACTIONS = {
    "FA": labels.FALL,
    "GU": labels.GET_UP,
    "LD": labels.LIE_DOWN,
    "SD": labels.SIT_DOWN,
    "WA": labels.WALKING,
}
_TRIAL_LAYOUT = layout_word(1, first_word_invalid=True)  # 20 MHz, LLTF in FFT order


def trial(folder: Path, row: Row) -> Recording:
    """One file for each label, its recordings one after another."""
    pace = re.fullmatch(r"(\d+)BPM", row["label"])
    if not pace and row["label"] not in _ACTIONS:
        raise BadRecording(f"{folder / 'manifest.csv'}: the label {row['label']!r} is not known.")
    return Recording(
        data_set=folder.name,
        name=f"{row['label']}-{row['subject']}-{row['trial']}",
        label=labels.BREATHING if pace else _ACTIONS[row["label"]],
        read=partial(_trial_frames, _stem(folder, row), _part(folder, row)),
        subject=row["subject"],
        session=row["subject"],
        truth_bpm=float(pace[1]) if pace else None,
    )


def _stem(folder: Path, row: Row) -> str:
    """How the names of all files of a recording begin."""
    return f"{folder / row['file'].removesuffix('.i8.xz')}."


def _trial_frames(stem: str, part: slice) -> Frames:
    us = _array(stem, "ms_u32", part=part).astype(np.int64) * 1000
    return frames_of(us, _array(stem, "i8", _LLTF_WIDTH, part), layout=_TRIAL_LAYOUT)


# ---- one link between two ESP32: about 100 frames a second, on a 40 MHz channel ----------------

_LINK_LABELS = {"empty": labels.EMPTY, "walking": labels.WALKING, "breathing": labels.BREATHING}


def paced_link(folder: Path, row: Row) -> Recording:
    """An empty room, somebody who walks, somebody who breathes; the LLTF in ascending order."""
    breathing = row["label"] == "breathing" or row["recording"].startswith("resp_")
    channel = number(row, "channel", folder)
    return Recording(
        data_set=folder.name,
        name=row["recording"],
        label=_LINK_LABELS.get(row["label"], row["label"]),
        read=partial(_link_frames, _stem(folder, row), _part(folder, row), channel),
        session="breathing" if breathing else "room",
        truth_bpm=optional_real(row, "truth_bpm", folder),
        note=row["note"],
    )


def crossing(folder: Path, row: Row) -> Recording:
    """Somebody who walks across such a link again and again."""
    return Recording(
        data_set=folder.name,
        name=row["recording"],
        label=labels.WALKING,
        read=partial(_crossing_frames, folder, number(row, "channel", folder)),
        session=row["recording"],
        note="across the link, with pauses",
    )


def _link_frames(stem: str, part: slice, channel: int) -> Frames:
    frames = frames_of(
        _array(stem, "us_u32", part=part).astype(np.int64),
        _array(stem, "i8", _LLTF_WIDTH, part),
        rssi=_array(stem, "rssi_i8", part=part),
        channel=channel,
        layout=_SECONDARY_LLTF,
    )
    return frames.chosen(_array(stem, "sigmode_u8", part=part) == _HT)


def _crossing_frames(folder: Path, channel: int) -> Frames:
    frames = frames_of(
        _array(f"{folder}/", "us_u32").astype(np.int64),
        _array(f"{folder}/", "csi.i8", _LLTF_WIDTH),
        rssi=_array(f"{folder}/", "rssi.i8"),
        channel=channel,
        layout=_SECONDARY_LLTF,
    )
    return frames.chosen(_array(f"{folder}/", "sigmode.u8") == _HT)


# ---- a file for each recording of one receiver: ESP32-S3, 40 MHz, frames of several lengths ----

_RECEIVER_LABELS = {
    "empty": labels.EMPTY,
    "occupied-moving": labels.MOVING,
    "occupied-door": labels.STILL,
}


def receiver(folder: Path, row: Row) -> Recording:
    """One file of one receiver."""
    return Recording(
        data_set=folder.name,
        name=row["file"],
        label=_RECEIVER_LABELS.get(row["label"], row["label"]),
        read=partial(_receiver_frames, _stem(folder, row), number(row, "channel", folder)),
        session=f"receiver {row['receiver']}",
        note=row["note"],
    )


def _receiver_frames(stem: str, channel: int) -> Frames:
    return frames_of(
        _array(stem, "us_u32").astype(np.int64),
        _array(stem, "i8", _HT40_WIDTH),
        length=_array(stem, "len_u16"),
        rssi=_array(stem, "rssi_i8"),
        channel=channel,
    )


# ---- raw packets of several nodes, a file for each node and length of a frame ------------------


def nodes(folder: Path, rows: Sequence[Row]) -> list[Recording]:
    """The files of a node together are one recording of one link."""
    found = []
    for node in dict.fromkeys(row["node"] for row in rows):
        files = [
            (_stem(folder, row), number(row, "bytes", folder))
            for row in rows
            if row["node"] == node
        ]
        name = f"node{node}"
        read: Callable[[], Frames] = partial(_node_frames, files)
        found.append(Recording(folder.name, name, UNLABELLED, read, session=name))
    return found


def _node_frames(files: list[tuple[str, int]]) -> Frames:
    frames = joined(
        [
            frames_of(_array(stem, "us_u32").astype(np.int64), _array(stem, "i8", width))
            for stem, width in files
        ]
    )
    return frames.chosen(np.argsort(frames.us, kind="stable"))
