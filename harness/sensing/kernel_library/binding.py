"""The library's functions for numpy arrays of float32."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import BenchError
from harness.sensing.node.kernel import AttentionConfigLike
from harness.sensing.structs import Kernel

Float32 = npt.NDArray[np.float32]


class _Config(ctypes.Structure):  # ruv_attention_config_t
    _fields_ = (
        ("window", ctypes.c_uint32),
        ("block_size", ctypes.c_uint32),
        ("global_tokens", ctypes.POINTER(ctypes.c_uint32)),
        ("n_globals", ctypes.c_uint32),
        ("causal", ctypes.c_bool),
        ("use_log_stride", ctypes.c_bool),
        ("use_landmarks", ctypes.c_bool),
        ("kernel", ctypes.c_int),
    )


class _Shape(ctypes.Structure):  # ruv_attention_shape_t
    _fields_ = tuple(
        (name, ctypes.c_uint32) for name in ("n_tokens", "n_q_heads", "n_kv_heads", "head_dim")
    )


class KernelLibrary:
    """The kernel in a shared library."""

    def __init__(self, path: Path) -> None:
        self._library: Any = ctypes.CDLL(str(path))

    def attention(
        self, q: Float32, k: Float32, v: Float32, config: AttentionConfigLike, kernel: Kernel
    ) -> Float32:
        """q [N, Hq, d], k and v [N, Hkv, d] -> [N, Hq, d]. Raises BenchError for a refusal."""
        return self.prepared(q, k, v, config, kernel)()

    def prepared(
        self, q: Float32, k: Float32, v: Float32, config: AttentionConfigLike, kernel: Kernel
    ) -> Callable[[], Float32]:
        """The same, to be called again and again: with its memory, and nothing left to convert."""
        tokens = (ctypes.c_uint32 * max(1, len(config.global_tokens)))(*config.global_tokens)
        described = _Config(
            config.window,
            config.block_size,
            tokens,
            len(config.global_tokens),
            config.causal,
            config.use_log_stride,
            config.use_landmarks,
            int(kernel),
        )
        shape = _Shape(q.shape[0], q.shape[1], k.shape[1], q.shape[2])
        size = ctypes.c_size_t()
        self._call("ruv_attention_scratch_bytes", described, shape, size)
        arrays = [np.ascontiguousarray(x, np.float32) for x in (q, k, v)]
        out = np.full_like(arrays[0], np.nan)
        scratch = np.empty(size.value, np.uint8)
        places = [*map(_address, arrays), _address(out), _address(scratch)]

        def run() -> Float32:
            self._call("ruv_attention_forward", described, shape, *places, size)
            return out

        return run

    def dense(self, q: Float32, k: Float32, v: Float32) -> Callable[[], Float32]:
        """Naive dense attention, causal; q, k, v [N, H, d] -> [N, H, d], to be called again."""
        n, heads, width = q.shape
        arrays = [np.ascontiguousarray(x, np.float32) for x in (q, k, v)]
        out, weights = np.full_like(arrays[0], np.nan), np.empty(n, np.float32)
        places = [*map(_address, arrays), _address(out), _address(weights)]
        scale = ctypes.c_float(width**-0.5)

        def run() -> Float32:
            self._library.ruv_dense_attention(n, heads, width, scale, *places)
            return out

        return run

    def _call(self, name: str, *arguments: Any) -> None:
        structs = (_Config, _Shape)
        passed = [ctypes.byref(x) if isinstance(x, structs) else x for x in arguments]
        if name == "ruv_attention_scratch_bytes":
            passed[-1] = ctypes.byref(arguments[-1])
        error = getattr(self._library, name)(*passed)
        if error:
            raise BenchError(f"The kernel library refused: {name} returned 0x{error:x}.")


def _address(array: npt.NDArray[Any]) -> ctypes.c_void_p:
    """Where the array lies; what is returned keeps it alive."""
    return array.ctypes.data_as(ctypes.c_void_p)
