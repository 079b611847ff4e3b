"""Raw arrays, compressed with xz: C order, little-endian, without a header."""

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
    """The element type that a name ends with, `us_u32.xz` or `csi.i8.xz`.

    Raises: BadRecording.
    """
    word = path.name.removesuffix(".xz").replace(".", "_").rpartition("_")[2]
    if word not in _KINDS:
        raise BadRecording(
            f"{path} does not say what its elements are.",
            f"Name it ….{{{','.join(_KINDS)}}}.xz.",
        )
    return _KINDS[word]


@lru_cache(maxsize=16)
def read_array(path: Path, width: int = 0) -> npt.NDArray[Any]:
    """The array in a file, [n], or [n, width] where a width is given. It cannot be written to.

    The last few files are kept: recordings share them.

    Raises: BadRecording.
    """
    try:
        data = lzma.decompress(path.read_bytes())
    except (lzma.LZMAError, EOFError) as error:
        raise BadRecording(f"{path} is no xz file, or a damaged one: {error}.") from None
    except OSError as error:
        raise BadRecording(f"{path} cannot be read: {error.strerror or error}.") from None
    kind = kind_of(path)
    row = np.dtype(kind).itemsize * max(width, 1)
    if len(data) % row:
        raise BadRecording(f"{path} has {len(data)} bytes, no whole number of rows of {row}.")
    array = np.frombuffer(data, np.dtype(kind).newbyteorder("<")).astype(kind, copy=False)
    return array.reshape(-1, width) if width else array
