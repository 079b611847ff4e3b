"""Every recording of a folder."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.sensing.recordings.frames import BadRecording, Recording
from harness.sensing.recordings.layouts import (
    amplitude_sessions,
    breathing_and_actions,
    by_file,
    crossings,
    own,
    paced_links,
    packets_by_width,
)

MANIFEST = "manifest.csv"

Row = dict[str, str]
Reader = Callable[[Path, list[Row]], list[Recording]]

_READERS: tuple[tuple[frozenset[str], Reader], ...] = (
    # A form is told by the columns that only it has, never by the name of a folder.
    (frozenset({"set", "trial", "source"}), breathing_and_actions.read),
    (frozenset({"legacy_frames", "truth_bpm"}), paced_links.read),
    (frozenset({"session", "amplitudes", "settling"}), amplitude_sessions.read),
    (frozenset({"receiver", "lens"}), by_file.read),
    (frozenset({"node", "subcarriers"}), packets_by_width.read),
    (frozenset({"recording", "ht_frames", "host_seconds"}), crossings.read),
    (frozenset({"file", "label"}), own.read),
)


def read_folder(folder: Path) -> list[Recording]:
    """The recordings that the folder's manifest lists, or those of its subfolders.

    Raises: BadRecording where there is no manifest, or one that is not understood.
    """
    manifests = [folder / MANIFEST] if (folder / MANIFEST).exists() else _below(folder)
    if not manifests:
        raise BadRecording(f"{folder} has no {MANIFEST}, and no folder in it has one.")
    return [recording for manifest in manifests for recording in _read(manifest)]


def _below(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise BadRecording(f"{folder} is no folder.")
    return sorted(folder.glob(f"*/{MANIFEST}"))


def _read(manifest: Path) -> list[Recording]:
    columns, rows = _rows(manifest)
    for needed, reader in _READERS:
        if needed <= columns:
            return reader(manifest.parent, rows)
    raise BadRecording(
        f"{manifest} has the columns {', '.join(sorted(columns))}: no form that is known.",
        "A manifest of your own has at least file and label: docs/your-recordings.md.",
    )


def _rows(manifest: Path) -> tuple[set[str], list[Row]]:
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(_checked(manifest, reader))
            return {name.strip() for name in reader.fieldnames or ()}, rows
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRecording(f"{manifest} is no table of comma-separated values: {error}.") from None


def _checked(manifest: Path, reader: csv.DictReader[str]) -> Iterator[Row]:
    for row in reader:
        if None in row or None in row.values():
            raise BadRecording(
                f"{manifest}, line {reader.line_num}: not as many values as the first line has "
                "names."
            )
        yield {name.strip(): value.strip() for name, value in row.items()}
