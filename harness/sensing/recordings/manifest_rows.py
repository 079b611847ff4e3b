"""The rows of a manifest: the values of any row, and the recordings of a user's own manifest."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from harness.sensing.recordings.frames import BadRecording, Frames, Recording


def number(row: Mapping[str, str], column: str, where: Path) -> int:
    """A whole number. Raises: BadRecording."""
    try:
        return int(row[column])
    except ValueError:
        raise _bad(row, column, where, "a whole number") from None


def optional_real(row: Mapping[str, str], column: str, where: Path) -> float | None:
    """A number, None where the column is missing or empty. Raises: BadRecording."""
    text = row.get(column, "")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise _bad(row, column, where, "a number") from None


def _bad(row: Mapping[str, str], column: str, where: Path, need: str) -> BadRecording:
    listed = ", ".join(value for value in list(row.values())[:3] if value)
    return BadRecording(
        f"{where / 'manifest.csv'}, the row of {listed}: {column} is {row[column]!r}, not {need}."
    )


def own_recording(folder: Path, row: Mapping[str, str], line: int) -> Recording:
    """A recording, or a part of one, of a user's own manifest. Raises: BadRecording."""
    where = f"{folder / 'manifest.csv'}, line {line}"
    for column in ("file", "label"):
        if not row[column]:
            raise BadRecording(f"{where}: {column} is empty.")
    path = folder / row["file"]
    if not path.is_file():
        raise BadRecording(f"{where}: there is no file {path}.")
    start, width = (optional_real(row, name, folder) or 0.0 for name in ("start", "width"))
    seconds = optional_real(row, "seconds", folder)
    if start < 0 or (seconds is not None and seconds <= 0):
        raise BadRecording(f"{where}: start is below 0, or seconds not above it.")
    name = row["file"] if not start else f"{row['file']} from {start:g} s"
    return Recording(
        data_set=folder.name,
        name=name,
        label=row["label"],
        read=partial(_frames, path, start, seconds, round(width)),
        subject=row.get("subject", ""),
        session=row.get("session", "") or row["file"],
        truth_bpm=optional_real(row, "truth", folder),
        steady=row.get("steady", "").lower() not in ("no", "0", "false"),
        note=row.get("note", ""),
    )


def _frames(path: Path, start: float, seconds: float | None, width: int) -> Frames:
    from harness.sensing.recordings.importing import read_file  # it imports this package

    frames = read_file(path, width=width).frames
    begin = int(frames.us[0]) + round(start * 1e6) if len(frames) else 0
    end = begin + round(seconds * 1e6) if seconds is not None else int(frames.us.max(initial=0)) + 1
    part = frames.between(begin, end)
    if not len(part):
        raise BadRecording(f"{path} has no frames from {start:g} s on.")
    return part
