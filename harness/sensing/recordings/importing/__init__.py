"""Reads the files that other tools wrote: their frames, with their own times.

rows         CSI_DATA rows of esp-csi, ESP32-CSI-Tool and their like; columns: which is what
plain_rows   a time and samples in columns of their own
json_lines   a frame a line
array_files  numpy arrays
capture      a capture of raw frames
clock        when frames were taken
imported     what was made of a file, and what was left out
write        frames as a capture
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.sensing.reception.other_files import Form, sniff
from harness.sensing.recordings.frames import BadRecording
from harness.sensing.recordings.importing.array_files import read_npz, read_xz
from harness.sensing.recordings.importing.capture import read_capture, write_capture
from harness.sensing.recordings.importing.imported import Found, Imported, finish
from harness.sensing.recordings.importing.json_lines import read_json_lines
from harness.sensing.recordings.importing.plain_rows import read_plain_rows
from harness.sensing.recordings.importing.rows import read_rows

__all__ = ["Imported", "read_file", "write_capture"]

_READERS: dict[Form, Callable[[Path], Found]] = {
    Form.CSI_ROWS: read_rows,
    Form.PLAIN_ROWS: read_plain_rows,
    Form.JSON_LINES: read_json_lines,
}


def read_file(
    path: Path, sender: str | None = None, rate_hz: float | None = None, width: int = 0
) -> Imported:
    """The frames of one sender in a file of any known form.

    sender: an address or a node's number; the one with most frames when it is not given. rate_hz:
    frames a second, where the file does not say when they were taken. width: bytes of a frame in an
    .xz file.

    Raises: BadRecording; NotACapture for a file of an unknown form.
    """
    form = sniff(path)
    if form is not None and not form.is_read:
        raise BadRecording(
            f"{path} is {form.value}, which is not supported.",
            "Boards of other makers have other carriers and gains; ESP32 boards are read.",
        )
    if form is Form.NPZ:
        return Imported(read_npz(path, rate_hz))
    if form is Form.XZ:
        if not width:
            raise BadRecording(
                f"{path} is {form.value}: it does not say how long a frame is.",
                "List it in a manifest.csv, with its width, and import the folder.",
            )
        return Imported(read_xz(path, width))
    found = _READERS[form](path) if form in _READERS else read_capture(path)
    try:
        return finish(found, sender, rate_hz)
    except BadRecording as error:
        raise BadRecording(f"{path}: {error.what}", error.remedy) from None
