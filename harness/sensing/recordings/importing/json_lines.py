"""Reads JSON lines with a frame in each line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.sensing.reception.other_files import JSON_SAMPLES
from harness.sensing.recordings.importing.clock import Clock, time_value, unit_by_name
from harness.sensing.recordings.importing.columns import TIMES
from harness.sensing.recordings.importing.imported import BadRow, Found, Raw, problem_of

_AMPLITUDES = ("amplitude", "amplitudes")
_SENDERS = ("mac", "source_mac", "sender", "node_id", "node")


def read_json_lines(path: Path) -> Found:
    """Every line that has samples: `iq_hex`, or a list under one of the names in `JSON_SAMPLES`."""
    found = Found()
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
                raw, column = _frame(number, value) if isinstance(value, dict) else (None, None)
            except ValueError:
                found.reject(number, "it is not JSON")
            except BadRow as error:
                found.reject(number, str(error))
            else:
                _add(found, raw, column)
    return found


def _add(found: Found, raw: Raw | None, column: str | None) -> None:
    if raw is None:
        found.other_lines += 1
        return
    if not found.raws and column:
        found.clock = Clock(unit_by_name(column), column == "local_timestamp")
    found.raws.append(raw)


def _frame(number: int, row: Mapping[str, Any]) -> tuple[Raw | None, str | None]:
    key = next((key for key in ("iq_hex", *JSON_SAMPLES) if key in row), None)
    if key is None:
        return None, None
    samples = _samples(key, row[key])
    is_amplitude = key in _AMPLITUDES
    if problem := problem_of(samples, is_amplitude):
        raise BadRow(problem)
    named = [name for name in row if name in TIMES or unit_by_name(name) is not None]
    named.sort(key=lambda name: TIMES.index(name) if name in TIMES else len(TIMES))
    column = next(iter(named), None)
    time = time_value(str(row[column])) if column else None
    sender = next((str(row[name]) for name in _SENDERS if name in row), "")
    rssi, channel = (_whole(row, name) for name in ("rssi", "channel"))
    raw = Raw(number, time, samples, sender.lower(), rssi, channel, is_amplitude=is_amplitude)
    return raw, column


def _samples(key: str, value: Any) -> npt.NDArray[np.generic]:
    try:
        if isinstance(value, str):
            return np.frombuffer(bytes.fromhex(value), np.int8)
        samples = np.asarray(value, np.float64).reshape(-1)
    except (ValueError, TypeError):
        raise BadRow(f"{key} is neither bytes in hex nor a list of numbers") from None
    if not np.isfinite(samples).all():
        raise BadRow(f"{key} has a number that is not finite")
    return samples


def _whole(row: Mapping[str, Any], name: str) -> int:
    value = row.get(name, 0)
    if not isinstance(value, int | float):
        raise BadRow(f"{name} is {value!r}, not a number")
    return int(value)
