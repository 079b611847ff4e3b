"""Checks on tensors: type, shape and finiteness, before anything is computed or changed."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from kernels_ref.errors import NonFinite, ShapeMismatch, UnsupportedDtype

Tensor: TypeAlias = npt.NDArray[Any]
"""An array of float16, float32 or float64."""

FLOATS = (np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64))


def floating(name: str, value: npt.ArrayLike) -> Tensor:
    """`value` as an array, refused unless it is of a floating-point type that is supported."""
    array = np.asarray(value)
    if array.dtype not in FLOATS:
        raise UnsupportedDtype(name, array.dtype)
    return array


def require_shape(name: str, array: Tensor, shape: tuple[int, ...], why: str) -> None:
    """Refuse `array` unless it has exactly `shape`."""
    if array.shape != shape:
        raise ShapeMismatch(name, array.shape, f"{list(shape)} {why}")


def require_finite(name: str, array: Tensor) -> None:
    """Refuse `array` when it holds NaN or an infinity; the error says where the first one is."""
    if np.isfinite(sum_of_squares(array)):
        return
    finite = np.isfinite(array)
    if not finite.all():
        index = first_index(~finite)
        raise NonFinite(name, index, float(array[index]))


def sum_of_squares(array: Tensor) -> float:
    """The sum in the array's own type, which may be an infinity; NaN if `array` holds one."""
    if array.dtype == np.float16 or not array.flags.c_contiguous:
        array = np.asarray(array, dtype=np.result_type(array, np.float32), order="C")
    flat = array.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.dot(flat, flat))


def first_index(mask: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    """Index of the first true element of `mask`, in C order."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))


def attention_operands(
    q: npt.ArrayLike, k: npt.ArrayLike, v: npt.ArrayLike
) -> tuple[Tensor, Tensor, Tensor]:
    """Check q `[N, Hq, d]`, k and v `[N, Hkv, d]` against each other.

    Raises:
        UnsupportedDtype: a tensor is not of a floating-point type.
        ShapeMismatch: wrong rank, no heads, `d` = 0, lengths that differ, `Hq` % `Hkv` != 0.
        NonFinite: NaN or an infinity in one of them.
    """
    q, k, v = floating("q", q), floating("k", k), floating("v", v)
    for name, array, heads in (("q", q, "Hq"), ("k", k, "Hkv"), ("v", v, "Hkv")):
        if array.ndim != 3 or 0 in array.shape[1:]:
            need = f"[N, {heads}, d] with at least one head and d of at least 1"
            raise ShapeMismatch(name, array.shape, need)
    n, q_heads, d = q.shape
    kv_heads = k.shape[1]
    require_shape("k", k, (n, kv_heads, d), "to match q")
    require_shape("v", v, k.shape, "to match k")
    if q_heads % kv_heads:
        need = f"a multiple of the {kv_heads} key/value heads as its number of heads"
        raise ShapeMismatch("q", q.shape, need)
    for name, array in (("q", q), ("k", k), ("v", v)):
        require_finite(name, array)
    return q, k, v
