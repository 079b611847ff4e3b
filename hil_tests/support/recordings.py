"""Recordings of real boards, for the tests that need them; and a few that stand for all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pytest

from harness.sensing.recordings.frames import Frames, Recording
from harness.sensing.recordings.labels import MOVEMENT
from harness.sensing.recordings.manifest import NOT_SET, VARIABLE, data_folder, read_folder


def recordings(data_set: str, label: str = "") -> list[Recording]:
    """Those of one folder, or those of them with a label; skips the test where HIL_CSI_DATA does
    not name recordings."""
    folder = data_folder()
    if folder is None:
        pytest.skip(NOT_SET)
    if not (folder / data_set).is_dir():
        pytest.skip(f"{VARIABLE} names {folder}, which has no {data_set}")
    return [r for r in _of(folder / data_set) if label in ("", r.label)]


def every_recording() -> list[Recording]:
    """Those of all sets; skips the test where HIL_CSI_DATA does not name recordings."""
    folder = data_folder()
    if folder is None:
        pytest.skip(NOT_SET)
    return list(_of(folder))


@lru_cache(maxsize=8)
def _of(folder: Path) -> tuple[Recording, ...]:
    return tuple(read_folder(folder))


SECONDS = 12.0


def a_few(recordings: Sequence[Recording]) -> list[Recording]:
    """The first of each set, and its first of somebody who moves."""
    found: list[Recording] = []
    for name in dict.fromkeys(recording.data_set for recording in recordings):
        ones = [recording for recording in recordings if recording.data_set == name]
        moving = [recording for recording in ones if recording.label in MOVEMENT]
        found += [ones[0], *(one for one in moving[:1] if one is not ones[0])]
    return found


def beginning(frames: Frames, seconds: float = SECONDS) -> Frames:
    """The frames of the first seconds."""
    first = int(frames.us[0])
    return frames.between(first, first + seconds * 1e6)
