"""Recordings of real boards, for the tests that need them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from harness.sensing.recordings import NOT_SET, VARIABLE, Recording, data_folder, read_folder


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
