"""The journal of a session: a JSON object in each line, written as soon as it is known."""

from __future__ import annotations

import dataclasses
import json
import math
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Record = dict[str, Any]
"""One line: `kind`, `time` (seconds since 1970), `test` if it belongs to a test, and its fields."""


class Journal:
    """Appends to `path`. Several threads, and several processes with the same file, may use it.

    worker: the worker of pytest-xdist, which is in every record; empty in a session without.
    problem: why a record could not be written, the first time. lost: all records that were not.
    """

    def __init__(self, path: Path, worker: str = "") -> None:
        self.path = path
        self.worker = worker
        self.test = ""  # the id of the test that is running
        self.problem: OSError | None = None
        self.lost: list[Record] = []
        # Without a buffer each record is one write, and a killed session keeps all its records.
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()
        self._is_torn = False  # whether the last line on disk is incomplete

    def record(self, kind: str, **fields: object) -> None:
        """Writes one record. NaN and infinities become strings, since JSON does not have them.

        A full disk raises nothing here, in the middle of a test: see `problem`.
        """
        line: Record = {"kind": kind, "time": round(time.time(), 3)}
        if self.worker:
            line["worker"] = self.worker
        if self.test:
            line["test"] = self.test  # unless the fields name another
        line.update((name, _plain(value)) for name, value in fields.items())
        data = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        with self._lock:
            if self._file.closed:
                return
            try:
                # half of a surrogate pair, which UTF-8 does not have, becomes an escape of JSON
                self._write(data.encode("utf-8", "backslashreplace") + b"\n")
            except OSError as error:
                self.problem = self.problem or error
                self.lost.append(line)

    def _write(self, data: bytes) -> None:
        rest = memoryview(b"\n" + data if self._is_torn else data)
        while rest:
            written = self._file.write(rest)
            rest = rest[written or 0 :]
            self._is_torn = bool(rest)

    def close(self) -> None:
        with self._lock:
            self._file.close()


def read_journal(path: Path) -> Iterator[Record]:
    """The records in `path`, without lines that are incomplete because a session was killed."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                record = json.loads(line)
            except (json.JSONDecodeError, RecursionError):
                continue
            if isinstance(record, dict) and isinstance(record.get("kind"), str):
                yield record


def _plain(value: object) -> object:
    """`value` as something that JSON has."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(entry) for entry in value]
    if hasattr(value, "tolist"):  # a numpy scalar or array
        return _plain(value.tolist())
    if isinstance(value, bytes | bytearray):
        return value.hex()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
