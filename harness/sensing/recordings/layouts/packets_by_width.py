"""Raw packets of several nodes, a file for each node and width: together they are one link's."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from harness.sensing.recordings.arrays import read_array
from harness.sensing.recordings.frames import Frames, Recording, frames_of, joined
from harness.sensing.recordings.layouts.row import number

UNLABELLED = "unlabelled"


def read(folder: Path, rows: list[dict[str, str]]) -> list[Recording]:
    """Raises: BadRecording."""
    found = []
    for node in dict.fromkeys(row["node"] for row in rows):
        files = [
            (folder / row["file"], number(row, "bytes", folder))
            for row in rows
            if row["node"] == node
        ]
        name = f"node{node}"
        found.append(
            Recording(folder.name, name, UNLABELLED, partial(_frames, files), session=name)
        )
    return found


def _frames(files: list[tuple[Path, int]]) -> Frames:
    parts = []
    for path, width in files:
        times = path.with_name(path.name.replace(".i8.xz", ".us_u32.xz"))
        parts.append(frames_of(read_array(times).astype(np.int64), read_array(path, width)))
    frames = joined(parts)
    return frames.chosen(np.argsort(frames.us, kind="stable"))
