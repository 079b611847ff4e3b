"""What the attention's functions refuse, and how much memory they ask for."""

from __future__ import annotations

import ctypes
import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from kernels_ref import SparseAttentionConfig

OK, INVALID_ARG, INVALID_SIZE = 0, 0x102, 0x104
N, HQ, HKV, D = 20, 4, 2, 8
NULL = ctypes.c_void_p(None)


class Config(ctypes.Structure):
    """ruv_attention_config_t."""

    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("window", "block_size")),
        ("global_tokens", ctypes.POINTER(ctypes.c_uint32)),
        ("n_globals", ctypes.c_uint32),
        *((name, ctypes.c_bool) for name in ("causal", "use_log_stride", "use_landmarks")),
        ("kernel", ctypes.c_int),
    )


def default(functions: ctypes.CDLL) -> Config:
    functions.ruv_attention_default_config.restype = Config
    found: Config = functions.ruv_attention_default_config()
    return found


def scratch(functions: ctypes.CDLL, *shape: int, config: Config | None = None) -> tuple[int, int]:
    """The error and the bytes of tokens, query heads, key/value heads and width."""
    size = ctypes.c_size_t(7)
    given = default(functions) if config is None else config
    dims = (ctypes.c_uint32 * 4)(*shape)
    error = functions.ruv_attention_scratch_bytes(ctypes.byref(given), dims, ctypes.byref(size))
    return error, size.value


def tensors() -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(3)
    return [rng.standard_normal((N, heads, D)).astype(np.float32) for heads in (HQ, HKV, HKV)]


def forward(functions: ctypes.CDLL, given: list[NDArray[np.float32]], short: int = 0) -> int:
    """The error of attention over these; nothing is written with one."""
    config, dims = default(functions), (ctypes.c_uint32 * 4)(N, HQ, HKV, D)
    needed = scratch(functions, N, HQ, HKV, D)[1]
    memory, out = np.zeros(needed, np.uint8), np.full((N, HQ, D), 7, np.float32)
    places = [ctypes.c_void_p(array.ctypes.data) for array in (*given, out, memory)]
    size = ctypes.c_size_t(needed - short)
    error = int(functions.ruv_attention_forward(ctypes.byref(config), dims, *places, size))
    assert (out == 7).all() == (error != OK)
    return error


def test_the_default_is_the_model_s_attention(functions: ctypes.CDLL) -> None:
    found, model = default(functions), SparseAttentionConfig(window=32, block_size=16)
    assert (found.window, found.block_size) == (model.window, model.block_size)
    assert tuple(found.global_tokens[: found.n_globals]) == model.global_tokens
    assert found.causal and found.use_log_stride and found.use_landmarks and found.kernel == 0


@pytest.mark.parametrize(
    "shape",
    [(N, 0, 1, D), (N, 1, 0, D), (N, 1, 1, 0), (N, 4, 3, D), (1 << 31, 1 << 31, 1, 1 << 31)],
)
def test_a_shape_that_cannot_be_is_refused(
    functions: ctypes.CDLL, shape: tuple[int, int, int, int]
) -> None:
    assert scratch(functions, *shape) == (INVALID_SIZE, 7)


def test_a_shape_whose_bytes_no_pointer_difference_holds_is_refused(
    functions: ctypes.CDLL,
) -> None:
    """2^32 rows of 2^29 floats are half of what a size can be, and one byte more is too many."""
    assert scratch(functions, 1 << 31, 1 << 30, 1, 1)[0] == INVALID_SIZE
    assert scratch(functions, (1 << 31) - 1, 1 << 30, 1, 1)[0] == OK


def test_a_pattern_that_cannot_be_is_refused(functions: ctypes.CDLL) -> None:
    config = default(functions)
    config.block_size = 0
    assert scratch(functions, N, HQ, HKV, D, config=config) == (INVALID_ARG, 7)


def test_a_pointer_to_nothing_is_refused(functions: ctypes.CDLL) -> None:
    config, dims, size = default(functions), (ctypes.c_uint32 * 4)(N, HQ, HKV, D), ctypes.c_size_t()
    whole = (ctypes.byref(config), dims, ctypes.byref(size))
    assert functions.ruv_attention_scratch_bytes(*whole) == OK
    for at in range(3):
        given = [*whole[:at], NULL, *whole[at + 1 :]]
        assert functions.ruv_attention_scratch_bytes(*given) == INVALID_ARG
    arrays = [np.zeros((N, HQ, D), np.float32), np.zeros(size.value, np.uint8)]
    places = [ctypes.c_void_p(a.ctypes.data) for a in (*tensors(), *arrays)]
    for at in range(5):
        given = [*places[:at], NULL, *places[at + 1 :]]
        found = functions.ruv_attention_forward(ctypes.byref(config), dims, *given, size)
        assert found == INVALID_ARG


def test_memory_is_asked_for_by_the_block(functions: ctypes.CDLL) -> None:
    sizes = [scratch(functions, n, HQ, HKV, D)[1] for n in range(52)]
    steps = [more - less for less, more in itertools.pairwise(sizes)]  # from n tokens to n + 1
    for full in (16, 32, 48):
        assert steps[full - 1] <= steps[full - 2]
        assert steps[full] >= steps[full + 1] + 2 * HKV * D * 4


def test_a_scratch_buffer_may_not_be_a_byte_too_small(functions: ctypes.CDLL) -> None:
    assert forward(functions, tensors()) == OK
    assert forward(functions, tensors(), short=1) == INVALID_SIZE


@pytest.mark.parametrize("which", range(3), ids=["q", "k", "v"])
def test_a_value_that_is_not_finite_is_refused_wherever_it_stands(
    functions: ctypes.CDLL, which: int
) -> None:
    for place in (0, -1):
        given = tensors()
        given[which].flat[place] = np.inf
        assert forward(functions, given) == INVALID_ARG
