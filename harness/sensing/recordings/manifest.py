"""Where recordings lie on this machine, and every recording of a folder."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.errors import BenchError
from harness.sensing.recordings import published
from harness.sensing.recordings.frames import BadRecording, Recording
from harness.sensing.recordings.manifest_rows import own_recording

VARIABLE = "HIL_CSI_DATA"
NOT_SET = f"needs recordings of real boards: set {VARIABLE} to the folder that holds them"


MANIFEST = "manifest.csv"
_PUBLISHED: tuple[tuple[frozenset[str], Callable[[Path, Row], Recording]], ...] = (
    # The columns that only this form has; the name of a folder never counts.
    (frozenset({"set", "trial", "source"}), published.trial),
    (frozenset({"legacy_frames", "truth_bpm"}), published.paced_link),
    (frozenset({"session", "amplitudes", "settling"}), published.session),
    (frozenset({"receiver", "lens"}), published.receiver),
    (frozenset({"recording", "ht_frames", "host_seconds"}), published.crossing),
)

_NODES = frozenset({"node", "subcarriers"})
_OWN = frozenset({"file", "label"})


def data_folder() -> Path | None:
    """What the environment variable names; None where it is not set or empty."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else None


def recordings_folder(data: Path | None, who: str) -> Path:
    """The folder `data`, else the one that the environment variable names. Raises BenchError.

    who: who needs recordings, as a sentence begins.
    """
    folder = data or data_folder()
    if folder is None:
        raise BenchError(f"{who} {NOT_SET}.", "Or name the folder with --data.")
    if not folder.is_dir():
        raise BenchError(f"{folder} is not a folder.", "Name the one that holds recordings.")
    return folder.resolve()


Row = dict[str, str]


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
        raise BadRecording(f"{folder} is not a folder.")
    return sorted(folder.glob(f"*/{MANIFEST}"))


def _read(manifest: Path) -> list[Recording]:
    columns, rows = _rows(manifest)
    folder = manifest.parent
    for needed, read in _PUBLISHED:
        if needed <= columns:
            return [read(folder, row) for row in rows]
    if columns >= _NODES:
        return published.nodes(folder, rows)
    if columns >= _OWN:
        return [own_recording(folder, row, line) for line, row in enumerate(rows, 2)]
    raise BadRecording(
        f"{manifest} has the columns {', '.join(sorted(columns))}; no known form has these.",
        "A manifest of your own has at least file and label: docs/your-recordings.md.",
    )


def _rows(manifest: Path) -> tuple[set[str], list[Row]]:
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(_checked(manifest, reader))
            return {name.strip() for name in reader.fieldnames or ()}, rows
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRecording(
            f"{manifest} is not a table of comma-separated values: {error}."
        ) from None


def _checked(manifest: Path, reader: csv.DictReader[str]) -> Iterator[Row]:
    for row in reader:
        if None in row or None in row.values():
            raise BadRecording(
                f"{manifest}, line {reader.line_num}: the number of values differs from the number "
                "of names in the first line."
            )
        yield {name.strip(): value.strip() for name, value in row.items()}
