"""How a sequence is divided into runs of rows that are computed together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kernels_ref.tensors import Tensor


@dataclass(frozen=True)
class Rows:
    """A run of consecutive tokens, from `start` on.

    Rows before the first token of the sequence, behind the last one, and behind `wanted` are
    computed like the others, with a query of zeros where there is no token, and are not used.

    Attributes:
        start: the first token, which may lie before the sequence.
        wanted: how many rows are asked for.
        count: how many rows are computed, a multiple of the window's tile.
        groups: the number of groups of wanted rows; those of a group have the same pivot block.
    """

    start: int
    wanted: int
    count: int
    groups: int

    @property
    def stop(self) -> int:
        """The first token behind the computed rows."""
        return self.start + self.count

    def cut(self, x: Tensor, before: int = 0, behind: int = 0) -> Tensor:
        """The rows of x `[N, ...]` with some more before and behind; zeros outside the sequence."""
        first, last = self.start - before, self.stop + behind
        inside = x[max(0, first) : max(0, last)]
        if len(inside) == last - first:
            return inside
        padded = np.zeros((last - first, *x.shape[1:]), x.dtype)
        padded[max(0, -first) :][: len(inside)] = inside
        return padded


def runs(n: int, rows: int, tile: int, group: int, shift: int) -> Iterator[Rows]:
    """Cut `n` tokens into runs of about `rows` that either hold whole groups or lie within one.

    Args:
        n: tokens of the sequence.
        rows: at most so many wanted rows a run.
        tile: the computed rows of a run are a multiple of this.
        group: tokens of a group; the first one begins `shift` tokens before the sequence.
        shift: see `group`.
    """
    if group <= rows:
        step = rows // group * group
        for first in range(0, n + shift, step):
            groups = -(-min(step, n + shift - first) // group)
            if first - shift + groups * group > 0:  # else the first group has no token at all
                yield _run(first - shift, groups * group, tile, groups)
    else:
        for first in range(0, n + shift, group):
            start, stop = max(0, first - shift), min(n, first + group - shift)
            for begin in range(start, stop, rows):
                yield _run(begin, min(rows, stop - begin), tile, 1)


def _run(start: int, wanted: int, tile: int, groups: int) -> Rows:
    return Rows(start, wanted, -(-wanted // tile) * tile, groups)
