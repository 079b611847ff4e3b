"""Reads rows of numbers, a frame in each: a time, then samples or amplitudes in columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harness.sensing.recordings.importing.clock import Clock, time_value, unit_by_name
from harness.sensing.recordings.importing.columns import TIMES
from harness.sensing.recordings.importing.imported import Found, Raw, problem_of

_NUMBERED = re.compile(r"(?P<stem>.*?)_?(?P<index>\d+)$")
_MIN_SAMPLES = 32
_AMPLITUDE_STEMS = ("amp", "amplitude", "abs", "mag", "magnitude")
_LINE_FEED, _RETURN = 10, 13
_MIN_LINE_FEEDS = 20


def read_plain_rows(path: Path) -> Found:
    """Every row of the file, with a line of names above them or without."""
    found = Found()
    names: list[str] | None = None
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            cells = [cell.strip().strip('"') for cell in line.replace("\x00", "").split(",")]
            if len(cells) <= _MIN_SAMPLES:
                found.other_lines += bool(line.strip())
            elif _names(cells):
                names = [cell.lower() for cell in cells]
            else:
                _take(found, number, cells, names)
    _tell_of_line_feeds(found)
    return found


def _names(cells: Sequence[str]) -> bool:
    return sum(time_value(cell) is None for cell in cells if cell) > len(cells) // 2


def _take(found: Found, number: int, cells: list[str], names: list[str] | None) -> None:
    if names is not None and len(cells) != len(names):
        found.reject(number, f"{len(cells)} columns, and the first line names {len(names)}")
        return
    first, is_amplitude, time_at = _meaning(names)
    try:
        samples = np.array([float(cell) for cell in cells[first:]], np.float64)
    except ValueError:
        found.reject(number, "not every sample is a number")
        return
    time = time_value(cells[time_at]) if time_at is not None else None
    if not np.isfinite(samples).all():
        found.reject(number, "not every sample is finite")
    elif time_at is not None and time is None:
        found.reject(number, f"{cells[time_at][:20]!r} is not a time")
    elif problem := problem_of(samples, is_amplitude):
        found.reject(number, problem)
    else:
        row = dict(zip(names or (), cells, strict=False))
        if not found.raws and names and time_at is not None:
            found.clock = Clock(unit_by_name(names[time_at]), names[time_at] == "timestamp_us")
        rssi = time_value(row.get("rssi", "") or "0") or 0.0
        channel = time_value(row.get("channel", "") or "0") or 0.0
        found.raws.append(
            Raw(
                number,
                time,
                samples,
                row.get("mac", "").lower(),
                int(rssi),
                int(channel),
                is_amplitude=is_amplitude,
            )
        )


def _meaning(names: list[str] | None) -> tuple[int, bool, int | None]:
    """The first column with a sample, whether the samples are amplitudes, the column of the time.

    Without names: a time, then samples.
    """
    if names is None:
        return 1, False, 0
    first = len(names)
    match = _NUMBERED.match(names[-1])
    stem = match["stem"] if match else ""
    while first > 0 and (found := _NUMBERED.match(names[first - 1])) and found["stem"] == stem:
        first -= 1
    named = [name for name in ("timestamp_us", *TIMES) if name in names[:first]]
    named += [name for name in names[:first] if unit_by_name(name) is not None or "time" in name]
    return first, stem in _AMPLITUDE_STEMS, names.index(named[0]) if named else None


def _tell_of_line_feeds(found: Found) -> None:
    """A text UART inserts a 13 before each byte 10, which shifts everything after it."""
    total = behind = 0
    for raw in found.raws:
        if not raw.is_amplitude:
            at = np.flatnonzero(raw.samples == _LINE_FEED)
            total += at.size
            behind += int((raw.samples[at[at > 0] - 1] == _RETURN).sum())
    if total >= _MIN_LINE_FEEDS and behind >= 0.99 * total:
        found.notes.append(
            "every byte 10 follows a 13: a text UART inserted those, which shifts everything after"
            " them; docs/your-recordings.md says what to do"
        )
