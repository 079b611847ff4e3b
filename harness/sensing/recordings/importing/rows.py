"""Reads CSI_DATA rows, a frame in each, as esp-csi, ESP32-CSI-Tool and similar tools print them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.sensing.recordings.importing.clock import Clock, time_value, unit_by_name
from harness.sensing.recordings.importing.columns import (
    TIMES,
    Header,
    columns_for,
    header_of,
    layout_of_row,
    whole_fields,
)
from harness.sensing.recordings.importing.imported import BadRow, Found, Raw, problem_of

_TAG = "CSI_DATA,"
_WRAPPING = ("local_timestamp", "timestamp_us")
_LARGEST = 1 << 15  # samples beyond int8 come from firmware that multiplies by a gain
_LARGEST_PHASE = 4


def read_rows(path: Path) -> Found:
    """Every row of the file. Other lines, such as a board's log, are passed over."""
    found = Found()
    header: Header | None = None
    named: str | None = None
    for number, line in _lines(path):
        if new := header_of(line):
            header = new
            continue
        pieces = _pieces(line, header)
        if not pieces:
            found.other_lines += bool(line.strip())
        for piece in pieces:
            try:
                raw, column = _frame(number, piece, header, named)
            except BadRow as error:
                found.reject(number, str(error))
                continue
            if named is None and column is not None:
                named = column
                found.clock = Clock(unit_by_name(column), column in _WRAPPING)
                if column == "local_timestamp":
                    found.clock.us = 1.0
            found.raws.append(raw)
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            yield number, line.replace("\x00", "").strip("\n")


def _pieces(line: str, header: Header | None) -> list[str]:
    """The rows in a line: several where a line break was lost."""
    if '"CSI_DATA"' in line:  # every cell in quotation marks
        line = line.replace('"CSI_DATA"', "CSI_DATA")
    if _TAG in line:
        return [_TAG + piece for piece in line.split(_TAG)[1:]]
    return [line] if header and "type" not in header.before and "[" in line else []


def _frame(
    number: int, piece: str, header: Header | None, column: str | None
) -> tuple[Raw, str | None]:
    before, values, after = _parts(piece)
    row = columns_for(header, before, after)
    if row is None:
        raise BadRow(f"{len(before)} columns before the samples fit no known form")
    samples = _numbers(values)
    is_amplitude = _is_amplitude(row, samples)
    if problem := problem_of(samples, is_amplitude):
        raise BadRow(problem)
    column = column or _time_column(row)
    time = time_value(row.get(column, "")) if column else None
    if column and time is None:
        raise BadRow(f"{column} is {row.get(column, '')!r}, not a time")
    raw = Raw(
        line=number,
        time=time,
        samples=samples,
        sender=row.get("mac", "").lower(),
        rssi=_whole(row, "rssi"),
        channel=_whole(row, "channel"),
        layout=layout_of_row(row, samples.size, is_amplitude),
        is_amplitude=is_amplitude,
    )
    return raw, column


def _parts(piece: str) -> tuple[list[str], str, list[str]]:
    """What is before the samples, the samples, and what is after them."""
    if "[" not in piece:
        raise BadRow("it has no samples in brackets, or ends before them")
    head, _, rest = piece.partition("[")
    values, closed, tail = rest.partition("]")
    if not closed:
        raise BadRow("it ends within the samples")
    cells = [cell.strip().strip('"') for cell in head.rstrip('" ').rstrip(",").split(",")]
    after = [cell.strip() for cell in tail.lstrip('"').lstrip(",").split(",")] if tail else []
    return cells, values, after


def _numbers(text: str) -> npt.NDArray[np.float64]:
    words = re.split(r"[,\s]+", text.strip().strip(","))
    try:
        samples = np.array([float(word) for word in words if word], np.float64)
    except ValueError:
        wrong = next(word for word in words if not re.fullmatch(r"-?\d+(\.\d*)?", word))
        raise BadRow(f"{wrong[:20]!r} among the samples is not a number") from None
    if not np.isfinite(samples).all() or np.abs(samples).max(initial=0.0) > _LARGEST:
        raise BadRow("a sample is beyond 16 bits")
    return samples


def _is_amplitude(row: dict[str, str], samples: npt.NDArray[np.float64]) -> bool:
    """Whether there is one number for each pair, while the row's `len` counts bytes.

    A tool may keep only the first training fields and leave `len` as it was.
    """
    if not row.get("len"):
        return False
    told = _whole(row, "len")
    halved = 2 * samples.size == told
    if halved and not (samples < 0).any():
        return True
    if samples.size == told or samples.size in whole_fields(row):
        return False
    if halved and np.abs(samples).max() <= _LARGEST_PHASE:
        raise BadRow("it has phases but no amplitudes")
    raise BadRow(f"it has {samples.size} samples, but len is {told}")


def _time_column(row: dict[str, str]) -> str | None:
    """The first column with a time."""
    named = [name for name in TIMES if row.get(name)]
    named += [name for name in row if unit_by_name(name) is not None and row[name]]
    return next((name for name in named if time_value(row[name]) is not None), None)


def _whole(row: dict[str, str], column: str) -> int:
    text = row.get(column, "") or "0"
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        raise BadRow(f"{column} is {text[:20]!r}, not a number") from None
