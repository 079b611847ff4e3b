"""Recognises files with channel state that other tools wrote; they are not captures."""

from __future__ import annotations

import enum
import json
import re
from pathlib import Path

_HEAD = 1 << 16  # bytes that are looked at
_XZ = b"\xfd7zXZ\x00"
_ZIP = b"PK\x03\x04"
PCAP = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
PCAPNG = b"\x0a\x0d\x0d\x0a"
"""How files of these kinds begin."""
_PICOSCENES = (0x20150315).to_bytes(4, "little")  # after the length of the first frame
_NEXMON_PORTS = (5500).to_bytes(2, "big") * 2
_NEXMON_SENDER = bytes((10, 10, 10, 10))
_MIN_COLUMNS = 64
_LINES = 200


class Form(enum.Enum):
    """The kinds of such files, by their names in a sentence."""

    CSI_ROWS = "CSI_DATA rows, as esp-csi and ESP32-CSI-Tool print them"
    PLAIN_ROWS = "rows of channel state, a frame a line"
    JSON_LINES = "channel state as JSON lines"
    NPZ = "numpy arrays"
    XZ = "an array compressed with xz"
    PICOSCENES = "a PicoScenes recording"
    NEXMON = "a nexmon capture"

    @property
    def is_read(self) -> bool:
        """Whether `hil import` reads it."""
        return self not in (Form.PICOSCENES, Form.NEXMON)


def sniff(path: Path) -> Form | None:
    """What the file holds, by its first bytes; None for any other file.

    Raises: OSError.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_XZ):
        return Form.XZ
    if head.startswith(_ZIP):
        return Form.NPZ if b".npy" in head[:256] else None
    if head.startswith((*PCAP, PCAPNG)):
        return Form.NEXMON if _NEXMON_PORTS in head and _NEXMON_SENDER in head else None
    if head[4:8] == _PICOSCENES:
        return Form.PICOSCENES
    return _form_of_text(head)


def _form_of_text(head: bytes) -> Form | None:
    if b"\x00" in head:
        return None
    lines = head.decode("utf-8", "replace").splitlines()[:_LINES]
    if any(re.search(r'CSI_DATA"?,', line) for line in lines):
        return Form.CSI_ROWS
    if any(_is_json_frame(line) for line in lines):
        return Form.JSON_LINES
    if any(_is_header(line) or _is_plain_row(line) for line in lines[:5]):
        return Form.PLAIN_ROWS
    return None


def _is_json_frame(line: str) -> bool:
    if not line.startswith("{"):
        return False
    try:
        row = json.loads(line)
    except ValueError:
        return False
    if not isinstance(row, dict):
        return False
    return "iq_hex" in row or any(isinstance(row.get(key), list) for key in JSON_SAMPLES)


JSON_SAMPLES = ("iq", "csi", "csi_data", "csi_raw", "data", "amplitude", "amplitudes")
"""The keys under which JSON lines have their samples as a list; `iq_hex` has them in hex."""


def _is_header(line: str) -> bool:
    names = line.lower().split(",")
    amplitudes = sum(name.strip().startswith(("amp_", "amp", "csi_", "b_")) for name in names)
    has_time = any("time" in name or name.strip() in ("us", "ms", "ts") for name in names)
    has_data = any(name.strip() in ("data", "csi_data") for name in names)
    return has_time and (amplitudes >= _MIN_COLUMNS or has_data)


def _is_plain_row(line: str) -> bool:
    cells = line.split(",")
    if len(cells) <= _MIN_COLUMNS:
        return False
    return all(re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", cell) for cell in cells)
