"""Reads raw arrays that are compressed with xz: C order, little-endian, without a header."""

from __future__ import annotations

import lzma
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.sensing.recordings.frames import BadRecording

_KINDS: dict[str, type[np.generic]] = {
    "i8": np.int8,
    "u8": np.uint8,
    "u16": np.uint16,
    "u32": np.uint32,
    "i64": np.int64,
}


def kind_of(path: Path) -> type[np.generic]:
    """The element type, which the file's name ends with: `us_u32.xz`, `csi.i8.xz`.

    Raises: BadRecording.
    """
    word = path.name.removesuffix(".xz").replace(".", "_").rpartition("_")[2]
    if word not in _KINDS:
        raise BadRecording(
            f"The name of {path} does not say which type its elements have.",
            f"Let it end in one of {', '.join(_KINDS)}, and .xz.",
        )
    return _KINDS[word]


@lru_cache(maxsize=16)
def read_array(path: Path, width: int = 0) -> npt.NDArray[Any]:
    """The array in a file, [n], or [n, width] where a width is given. It is read-only.

    The last few files stay in memory, because recordings share them.

    Raises: BadRecording.
    """
    try:
        data = lzma.decompress(path.read_bytes())
    except (lzma.LZMAError, EOFError) as error:
        raise BadRecording(f"{path} is not an xz file, or it is damaged: {error}.") from None
    except OSError as error:
        raise BadRecording(f"{path} cannot be read: {error.strerror or error}.") from None
    kind = kind_of(path)
    row = np.dtype(kind).itemsize * max(width, 1)
    if len(data) % row:
        raise BadRecording(f"{path} has {len(data)} bytes, which are no whole rows of {row} bytes.")
    array = np.frombuffer(data, np.dtype(kind).newbyteorder("<")).astype(kind, copy=False)
    return array.reshape(-1, width) if width else array
