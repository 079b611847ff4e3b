"""float16: every half, and every float at which rounding may go either way, against numpy."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from numpy.typing import NDArray

HALVES = np.arange(1 << 16, dtype=np.uint16)
NAN = 0x7FC00000


@pytest.fixture
def to_float(functions: ctypes.CDLL) -> ctypes._NamedFuncPointer:
    function = functions.ruv_half_to_float
    function.restype, function.argtypes = ctypes.c_float, [ctypes.c_uint16]
    return function


@pytest.fixture
def from_float(functions: ctypes.CDLL) -> ctypes._NamedFuncPointer:
    function = functions.ruv_half_from_float
    function.restype, function.argtypes = ctypes.c_uint16, [ctypes.c_float]
    return function


def test_every_half_is_its_float(to_float: ctypes._NamedFuncPointer) -> None:
    numbers = HALVES[~np.isnan(HALVES.view(np.float16))]
    found = np.array([to_float(half) for half in numbers], np.float32)
    expected = numbers.view(np.float16).astype(np.float32)
    assert np.array_equal(found.view(np.uint32), expected.view(np.uint32))


def floats() -> NDArray[np.float32]:
    """Every half, the middle between it and the next, and both floats beside each of those."""
    wide = HALVES.view(np.float16)
    wide = np.sort(wide[np.isfinite(wide)]).astype(np.float64)
    points = np.concatenate([wide, (wide[1:] + wide[:-1]) / 2]).astype(np.float32)
    beyond = np.array([65519.99, 65520, 65536, 131008, 1e30, np.inf, 1e-30, 2**-149], np.float32)
    points = np.concatenate([points, beyond, -beyond])
    up, down = (np.nextafter(points, np.float32(end)) for end in (np.inf, -np.inf))
    return np.concatenate([points, up, down])


def test_every_float_is_the_nearest_half(from_float: ctypes._NamedFuncPointer) -> None:
    values = floats()
    found = np.array([from_float(value) for value in values], np.uint16)
    with np.errstate(over="ignore"):
        expected = values.astype(np.float16).view(np.uint16)
    wrong = np.flatnonzero(found != expected)
    assert not len(wrong), f"{values[wrong[0]]!r}: {found[wrong[0]]:#x}, {expected[wrong[0]]:#x}"


def bits_of(function: ctypes._NamedFuncPointer, argument: float | int) -> int:
    """What came back, without a conversion that might change a NaN."""
    return int(np.float32(function(argument)).view(np.uint32))


@pytest.mark.parametrize("payload", [0x001, 0x155, 0x200, 0x2AA, 0x3FF])
@pytest.mark.parametrize("sign", [0, 1])
def test_a_half_that_is_no_number_is_none_as_a_float(
    to_float: ctypes._NamedFuncPointer, sign: int, payload: int
) -> None:
    """The payload is kept; a quiet bit may come to it on the way through a register."""
    found = bits_of(to_float, sign << 15 | 0x7C00 | payload)
    assert found | NAN == sign << 31 | NAN | payload << 13


@pytest.mark.parametrize("payload", [0x400001, 0x400000, 0x555555, 0x7FFFFF, 0x6AAAAA])
@pytest.mark.parametrize("sign", [0, 1])
def test_a_float_that_is_no_number_is_none_as_a_half(
    from_float: ctypes._NamedFuncPointer, sign: int, payload: int
) -> None:
    value = np.array([sign << 31 | 0x7F800000 | payload], np.uint32).view(np.float32)[0]
    assert from_float(value) == sign << 15 | 0x7C00 | payload >> 13
