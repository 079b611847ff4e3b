"""What the bytes of a frame mean: which carriers its pairs are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Run:
    """Pairs that hold carriers one by one."""

    pair: int
    carrier: int
    count: int


@dataclass(frozen=True)
class Carriers:
    """basis: frames of one basis have the same carriers; plain: the layout is not known."""

    basis: int
    plain: bool
    runs: tuple[Run, ...]


def carriers_of(layout: int, n_subcarriers: int, iq: NDArray[np.int8]) -> Carriers:
    """The carriers of a frame's first antenna; iq is int8 [pairs, 2]."""
    if n_subcarriers == 64 and not iq[32].any() and iq[0, 0] == 0:
        return Carriers(1, False, (Run(1, 1, 26), Run(38, -26, 26)))
    runs = (Run(0, -(n_subcarriers // 2), n_subcarriers),)
    return Carriers(n_subcarriers & 0xFF, True, runs)
