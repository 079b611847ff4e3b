"""Values of a manifest's row, with errors that name row and column."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.sensing.recordings.frames import BadRecording


def number(row: Mapping[str, str], column: str, where: Path) -> int:
    """A whole number. Raises: BadRecording."""
    try:
        return int(row[column])
    except ValueError:
        raise _bad(row, column, where, "a whole number") from None


def real(row: Mapping[str, str], column: str, where: Path, default: float = 0.0) -> float:
    """A number, `default` where the column is missing or empty. Raises: BadRecording."""
    value = optional_real(row, column, where)
    return default if value is None else value


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
