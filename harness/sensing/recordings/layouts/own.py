"""A user's own manifest: a row for each recording, or for each part of one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from harness.sensing.recordings.frames import BadRecording, Frames, Recording
from harness.sensing.recordings.layouts.row import optional_real, real


def read(folder: Path, rows: list[dict[str, str]]) -> list[Recording]:
    """Raises: BadRecording."""
    return [_recording(folder, number, row) for number, row in enumerate(rows, 2)]


def _recording(folder: Path, line: int, row: Mapping[str, str]) -> Recording:
    where = f"{folder / 'manifest.csv'}, line {line}"
    for column in ("file", "label"):
        if not row[column]:
            raise BadRecording(f"{where}: {column} is empty.")
    path = folder / row["file"]
    if not path.is_file():
        raise BadRecording(f"{where}: there is no file {path}.")
    start, seconds = real(row, "start", folder), optional_real(row, "seconds", folder)
    if start < 0 or (seconds is not None and seconds <= 0):
        raise BadRecording(f"{where}: start is below 0, or seconds not above it.")
    name = row["file"] if not start else f"{row['file']} from {start:g} s"
    return Recording(
        data_set=folder.name,
        name=name,
        label=row["label"],
        read=partial(_frames, path, start, seconds, round(real(row, "width", folder))),
        subject=row.get("subject", ""),
        session=row.get("session", "") or row["file"],
        truth_bpm=optional_real(row, "truth", folder),
        steady=row.get("steady", "").lower() not in ("no", "0", "false"),
        note=row.get("note", ""),
    )


def _frames(path: Path, start: float, seconds: float | None, width: int) -> Frames:
    from harness.sensing.recordings.importing import (
        read_file,  # which reads recordings, and needs this
    )

    frames = read_file(path, width=width).frames
    begin = int(frames.us[0]) + round(start * 1e6) if len(frames) else 0
    end = begin + round(seconds * 1e6) if seconds is not None else int(frames.us.max(initial=0)) + 1
    part = frames.between(begin, end)
    if not len(part):
        raise BadRecording(f"{path} has no frames from {start:g} s on.")
    return part
