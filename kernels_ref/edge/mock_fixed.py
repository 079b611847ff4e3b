"""The integer functions of the synthetic source: draws, and sine and exp in fixed point.

They take ints or int64 arrays. Angles and words are modulo 2^32, like uint32_t in C.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_MASK = 0xFFFFFFFF
_SINE = (51454, 21029, 2343)  # sin = x (A - x² (B - C x²)), x in quarter turns, times 2^15
_EXP = (22667, 7586, 1303)  # 2^-f = 1 - f (A - f (B - C f)), times 2^15
_LOG2_E = 23637  # times 2^14


def mix(word: Ints | int) -> Ints:
    """A well mixed function of a 32-bit word (the finalizer of MurmurHash3)."""
    x = np.asarray(word).astype(np.int64) & _MASK
    x = x ^ (x >> 16)
    x = _times(x, 0x85EBCA6B)
    x = x ^ (x >> 13)
    x = _times(x, 0xC2B2AE35)
    return x ^ (x >> 16)


def draw(seed: Ints | int, index: Ints | int) -> Ints:
    """A pseudo-random word for each index."""
    position = np.asarray(index).astype(np.int64) + 1
    return mix(mix(seed) + _times(position & _MASK, 0x9E3779B9))


def normal(word: Ints) -> Ints:
    """The sum of four uniform bytes, minus its mean; the standard deviation is 147.8."""
    total: Ints = (word & 0xFF) + (word >> 8 & 0xFF) + (word >> 16 & 0xFF) + (word >> 24)
    return total - 510


def sine(turn: Ints | int) -> Ints:
    """The sine of an angle (2^32 a turn), times 2^15; the error is below 9e-5."""
    a, b, c = _SINE
    angle = np.asarray(turn).astype(np.int64) & _MASK
    signed = np.where(angle >= 1 << 31, angle - (1 << 32), angle)
    folded = (0x80000000 - angle) & _MASK  # sin(pi - a) = sin(a)
    folded = np.where(folded >= 1 << 31, folded - (1 << 32), folded)
    x = np.where(np.abs(signed) > 1 << 30, folded, signed) >> 15
    square = x * x >> 15
    return x * (a - ((b - (c * square >> 15)) * square >> 15)) >> 15


def cosine(turn: Ints | int) -> Ints:
    """The cosine of an angle, as `sine`."""
    return sine(np.asarray(turn).astype(np.int64) + (1 << 30))


def exponential(u: Ints) -> Ints:
    """exp(-u / 2^12) times 2^15 for u >= 0; the error is below 1.5e-4."""
    a, b, c = _EXP
    power = u * _LOG2_E >> 14
    whole, f = power >> 12, (power & 0xFFF) << 3
    value = 32768 - ((a - ((b - (c * f >> 15)) * f >> 15)) * f >> 15)
    return np.where(whole > 15, 0, value >> np.minimum(whole, 15))


def eased(t: Ints, length: int) -> Ints:
    """A movement from 0 to 2^16 during `length`, at rest at both ends."""
    u = np.minimum(t, length) * 65536 // length
    part: Ints = (u * u >> 16) * (3 * 65536 - 2 * u) >> 16
    return part


def _times(word: Ints, factor: int) -> Ints:
    """A product modulo 2^32, without leaving 64 bits."""
    low, high = word & 0xFFFF, word >> 16
    return (low * factor + ((high * factor & 0xFFFF) << 16)) & _MASK


def oscillation(milli_a_minute: int, t_us: Ints) -> Ints:
    """The angle after t_us at a rate of `milli_a_minute` thousandths of a turn a minute."""
    a_us = (milli_a_minute << 40) // 60_000_000_000
    return (a_us * np.asarray(t_us) >> 8) & _MASK
