"""The firmware's edge features as a shared library of this machine, over whole recordings."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import BenchError
from harness.sensing.kernel_library import build_libraries
from harness.sensing.recordings.frames import Frames
from kernels_ref.edge.config import EdgeConfig

_ALIGNMENT = 16
_MAX_BINS = 151  # bins of 20 ms that one frame can complete: a gap above 3 s is a new start
_SPECTRUM_LEN = 16


class _Field(ctypes.Structure):  # edge_batch_field_t
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("offset", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
        ("size", ctypes.c_uint32),
        ("kind", ctypes.c_char),
    )


class _Spectra(ctypes.Structure):  # edge_batch_spectra_t
    _fields_ = (
        ("values", ctypes.c_void_p),
        ("frame", ctypes.c_void_p),
        ("capacity", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
    )


class EdgeLibrary:
    """The edge features in a shared library.

    Attributes:
        features: numpy's description of `edge_features_t`, as the library says it is.
        state_bytes: what a context takes on this machine.
    """

    def __init__(self, path: Path) -> None:
        self._library: Any = ctypes.CDLL(str(path))
        for name in ("edge_batch_features_bytes", "edge_batch_state_bytes"):
            getattr(self._library, name).restype = ctypes.c_size_t
        self._library.edge_batch_fields.restype = ctypes.POINTER(_Field)
        self._library.edge_batch_push.restype = ctypes.c_uint32
        self.features = self._dtype()
        self.state_bytes = int(self._library.edge_batch_state_bytes())

    def session(self, config: EdgeConfig | None = None) -> EdgeSession:
        """A new context. Raises BenchError when the library refuses the configuration."""
        return EdgeSession(self._library, self.features, self.state_bytes, config or EdgeConfig())

    def _dtype(self) -> np.dtype[np.void]:
        fields = self._library.edge_batch_fields()
        names, formats, offsets = [], [], []
        for field in fields:
            if not field.name:
                break
            kind = f"<{field.kind.decode()}{field.size}" if field.kind != b"b" else "?"
            names.append(field.name.decode())
            formats.append((kind, (field.count,)) if field.count > 1 else kind)
            offsets.append(field.offset)
        size = int(self._library.edge_batch_features_bytes())
        described: Any = {"names": names, "formats": formats, "offsets": offsets, "itemsize": size}
        features: np.dtype[np.void] = np.dtype(described)
        return features


class EdgeSession:
    """A context that frames are pushed into."""

    def __init__(
        self, library: Any, features: np.dtype[np.void], state_bytes: int, config: EdgeConfig
    ) -> None:
        self._library, self._features = library, features
        self._memory = np.zeros(state_bytes + _ALIGNMENT, np.uint8)
        skip = -self._memory.ctypes.data % _ALIGNMENT
        self._state = ctypes.c_void_p(self._memory.ctypes.data + skip)
        self._every = config.spectrum_every
        error = library.edge_batch_open(
            self._state,
            ctypes.c_uint32(config.calibration_ms),
            ctypes.c_uint8(config.tier),
            ctypes.c_uint8(config.spectrum_every),
        )
        if error:
            raise BenchError(f"The edge library refused its configuration: 0x{error:x}.")

    def push(self, frames: Frames) -> npt.NDArray[np.void]:
        """The features after each frame: a structured array [n] of `EdgeLibrary.features`."""
        n = len(frames)
        out = np.empty(n, self._features)
        macs = np.frombuffer(b"".join(frames.senders), np.uint8)
        if n and (int(frames.sender.max()) >= len(frames.senders) or (frames.us < 0).any()):
            raise ValueError("a sender that is not listed, or a time below zero")
        arrays = [
            np.ascontiguousarray(array, kind)
            for array, kind in (
                (frames.us, np.int64),
                (frames.iq, np.int8),
                (frames.length, np.uint16),
                (frames.layout, np.uint16),
                (frames.rssi, np.int8),
                (frames.sender, np.uint8),
            )
        ]
        us, iq, *rest = map(_address, arrays)
        self._library.edge_batch_push(
            self._state,
            ctypes.c_uint32(n),
            us,
            iq,
            ctypes.c_uint32(frames.iq.shape[1]),
            *rest,
            _address(macs),
            ctypes.c_uint8(frames.channel),
            _address(out),
        )
        return out

    def push_for_spectra(
        self, frames: Frames
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Every spectrum that the node's head is fed with. A frame that ends a gap may complete
        several.

        Returns:
            The spectra, [n, 16], and of each the index of the frame that completed it, [n].
        """
        most = len(frames) * (1 + _MAX_BINS // self._every) if self._every else 0
        values = np.empty((most, _SPECTRUM_LEN), np.float32)
        frame = np.empty(most, np.uint32)
        kept = _Spectra(_address(values), _address(frame), most, 0)
        self._library.edge_batch_keep_spectra(self._state, ctypes.byref(kept))
        try:
            self.push(frames)
        finally:
            self._library.edge_batch_keep_spectra(self._state, None)
        assert kept.count <= most
        return values[: kept.count].copy(), frame[: kept.count].astype(np.int64)


def _address(array: npt.NDArray[Any]) -> ctypes.c_void_p:
    """The array's address; the caller keeps the array alive."""
    return array.ctypes.data_as(ctypes.c_void_p)


def open_edge_library(build_dir: Path | None = None) -> EdgeLibrary:
    """The library, built when something of it has changed.

    Raises:
        BenchError: it cannot be built here.
    """
    return EdgeLibrary(build_libraries(build_dir) / "libedge_host.so")
