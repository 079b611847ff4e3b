"""The firmware's kernel as a shared library of this machine, and its functions for numpy arrays."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from filelock import FileLock

from harness.build.requirement import find_program
from harness.errors import BenchError
from harness.program_output import program_output
from harness.sensing.node.kernel import AttentionConfigLike
from harness.sensing.structs.kernel import Kernel
from harness.target import project_root

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
        """The same as a function to call many times: memory and conversions are done beforehand."""
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
        """Naive dense attention, causal, as a function to call many times; all [N, H, d]."""
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
    """The array's address; the result keeps the array alive."""
    return array.ctypes.data_as(ctypes.c_void_p)


def open_library(build_dir: Path | None = None) -> KernelLibrary:
    """The kernel's library, built when something of it has changed.

    Raises:
        BenchError: it cannot be built here.
    """
    return KernelLibrary(build_libraries(build_dir) / "libruv_temporal_host.so")


def build_libraries(build_dir: Path | None = None, firmware: Path | None = None) -> Path:
    """The folder with both libraries, built when something of them has changed.

    firmware: other sources than the project's; they have a build folder of their own.

    Raises:
        BenchError: they cannot be built here.
    """
    source = (firmware or project_root() / "firmware") / "host_library"
    folder = build_dir or (firmware or project_root()) / "build" / "kernel-library"
    return build_here(source, folder)


def build_here(source: Path, folder: Path, options: Sequence[str] = ()) -> Path:
    """`folder`, in which CMake and Ninja build `source` when something of it has changed.

    options: of CMake; each set of them has a folder of its own.

    Raises:
        BenchError: it cannot be built here.
    """
    if not sys.platform.startswith("linux"):
        raise BenchError(f"{source} is built on Linux, and this is {sys.platform}.")
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        if not _is_configured(folder, source):
            _run("cmake", "-S", str(source), "-B", str(folder), "-G", "Ninja", *options)
        _run("ninja", "-C", str(folder))
    return folder


def _is_configured(folder: Path, source: Path) -> bool:
    """Whether CMake was run on these sources; Ninja runs it again when they change."""
    cache = folder / "CMakeCache.txt"
    seen = f"CMAKE_HOME_DIRECTORY:INTERNAL={source}\n"
    return (folder / "build.ninja").is_file() and seen in cache.read_text(encoding="utf-8")


def _run(name: str, *arguments: str) -> None:
    program = find_program(name)
    if program is None:
        raise BenchError(f"{name} was not found, and C for this machine is built with it.")
    done = program_output([str(program), *arguments])
    if done.returncode:
        raise BenchError(f"The C for this machine did not build:\n{done.stdout.strip()}")
