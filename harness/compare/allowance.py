"""Budgets that a test can state: how far a result may lie from the expected one, and why.

    absolute(1e-6) + relative(1e-5)
    ulp(2)
    dot(64, np.abs(x) @ np.abs(w))

Each is an `Allowance`: what it allows depends on the expected numbers. They can be added.

Sources: N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd edition, (3.4) for sums
and (3.5) for products: n operations in any order lose at most n·u/(1 - n·u) of the sum of the
magnitudes, u being half the distance from 1 to the next number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from harness.compare.budget import Budget, Float64, Term
from harness.errors import BenchError

MakeTerm = Callable[[Float64], Term]
"""Makes the term that is allowed for expected numbers."""


class AllowanceInvalid(BenchError, ValueError):
    """What is allowed is not a number, or is below zero."""

    def __init__(self, name: str, value: object) -> None:
        super().__init__(f"{name}({value}): it must be a number from 0 on.")
        self.name, self.value = name, value


@dataclass(frozen=True)
class Allowance:
    """A budget that depends on the expected numbers."""

    terms: tuple[MakeTerm, ...]

    def __add__(self, other: Allowance) -> Allowance:
        return Allowance(self.terms + other.terms)

    def of(self, expected: ArrayLike) -> Budget:
        """The budget for these expected numbers."""
        numbers = np.asarray(expected, np.float64)
        return Budget(tuple(make(numbers) for make in self.terms))


def absolute(value: ArrayLike, reason: str = "allowed") -> Allowance:
    """The same amount for every element, or an array of amounts; in the unit of the result."""
    allowed = _checked("absolute", value)
    return _one(lambda _expected: Term("absolute", allowed, reason))


def relative(share: float, reason: str = "allowed") -> Allowance:
    """A share of each expected number; none where 0 is expected."""
    allowed = _checked("relative", share)
    return _one(
        lambda expected: Term(f"{share:g} of |expected|", allowed * np.abs(expected), reason)
    )


def ulp(count: float, dtype: DTypeLike = np.float32, reason: str = "rounding") -> Allowance:
    """`count` distances to the next number of the type. 0.5 fits a result that is rounded once."""
    allowed = _checked("ulp", count)

    def make(expected: Float64) -> Term:
        spacing = np.spacing(np.abs(expected).astype(dtype))
        return Term(f"{count:g} ulp of {np.dtype(dtype)}", allowed * spacing, reason)

    return _one(make)


def total(n: int, magnitude: ArrayLike, dtype: DTypeLike = np.float32) -> Allowance:
    """A sum of n numbers in any order. magnitude: the sum of their absolute values."""
    return _rounded("total", max(n - 1, 0), magnitude, dtype, f"a sum of {n} numbers")


def dot(n: int, magnitude: ArrayLike, dtype: DTypeLike = np.float32) -> Allowance:
    """A dot product of n terms in any order. magnitude: the sum of |a_i|·|b_i|."""
    return _rounded("dot", n, magnitude, dtype, f"a dot product of {n} terms")


def exp(argument: ArrayLike, ulps: float = 2.0, dtype: DTypeLike = np.float32) -> Allowance:
    """exp of a number that was rounded once, by a function that is right to `ulps`.

    An error e of the argument is a relative error e of the result.
    """
    allowed = _checked("exp", ulps)
    share = 2.0 * _unit_roundoff(dtype) * allowed
    share = share + _unit_roundoff(dtype) * np.abs(np.asarray(argument, np.float64))
    reason = f"a rounded argument, and {ulps:g} ulp of the function"
    return _one(lambda expected: Term("exp", share * np.abs(expected), reason))


def _one(make: MakeTerm) -> Allowance:
    return Allowance((make,))


def _rounded(
    name: str, operations: int, magnitude: ArrayLike, dtype: DTypeLike, what: str
) -> Allowance:
    lost = operations * _unit_roundoff(dtype)
    if not 0.0 <= lost < 1.0:
        raise AllowanceInvalid(name, operations)
    allowed = _checked(name, magnitude) * (lost / (1.0 - lost))
    reason = f"{what}, each rounded to {np.dtype(dtype)}"
    return _one(lambda _expected: Term(f"{name}({operations})", allowed, reason))


def _unit_roundoff(dtype: DTypeLike) -> float:
    return float(np.finfo(dtype).eps) / 2.0


def _checked(name: str, value: ArrayLike) -> Float64:
    allowed = np.asarray(value, np.float64)
    if not np.all(np.isfinite(allowed) & (allowed >= 0.0)):
        raise AllowanceInvalid(name, value)
    return allowed
