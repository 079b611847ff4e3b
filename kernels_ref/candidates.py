"""The kinds of candidates, each scored and summed for a run of consecutive tokens at once.

A candidate to which two rules apply belongs to the first of window, global tokens and log stride.
Each kind orders its scores as its matrix products need it, but always with the candidates of a row
on the last axis but one, and the rows on the last axis. So softmax works on long pieces of memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from kernels_ref.numerics import Operands, block_means
from kernels_ref.pattern import SparseAttentionConfig, landmark_offsets, powers_below
from kernels_ref.runs import Rows
from kernels_ref.tensors import Tensor

MIXED_ROWS = 256
"""Rows whose far values are gathered together; so many fit a processor's cache."""


class Candidates(Protocol):
    """One kind of candidates."""

    def score(self, rows: Rows, q: Tensor) -> Tensor:
        """Scores of q `[rows, Hkv, G, d]`, -inf where a row does not see a candidate."""
        ...

    def spread(self, rows: Rows, x: Tensor) -> Tensor:
        """A view of x `[rows, Hkv, G]` in the order of the scores, with one candidate."""
        ...

    def mix(self, rows: Rows, weights: Tensor, out: Tensor) -> None:
        """Write the sums of weight times value to `[rows, Hkv, G, d]`."""
        ...


class Window:
    """The tokens within the window, as products of a tile of queries and a band of keys.

    A tile of queries is multiplied with every key that one of them sees: row r of a tile sees the
    keys r to r + reach of its band, and a bias hides the others. Scores are
    `[Hkv, G, tiles, band, tile]`.
    """

    def __init__(self, x: Operands, config: SparseAttentionConfig, tile: int) -> None:
        self._x = x
        self._n = len(x.k)
        self._window = min(config.window, self._n)
        self._causal = config.causal
        self._tile = tile
        self._latest_bias: tuple[tuple[int, int], Tensor] | None = None

    def score(self, rows: Rows, q: Tensor) -> Tensor:
        """Scores by place in the tile's band."""
        tiles = _in_groups(q, rows.count // self._tile).swapaxes(-1, -2)
        scores = np.asarray(self._bands(self._x.k, rows) @ tiles)
        flat = scores.reshape(*scores.shape[:3], -1)
        flat += self._bias(rows)
        left, right = self._reach(rows)
        if rows.start < left or rows.stop + right > self._n:
            starts = np.arange(rows.start - left, rows.stop - left, self._tile)
            keys = starts[:, None] + np.arange(scores.shape[3])
            scores[:, :, (keys < 0) | (keys >= self._n)] = -np.inf
        return scores

    def spread(self, rows: Rows, x: Tensor) -> Tensor:
        """`[Hkv, G, tiles, 1, tile]`."""
        return _in_groups(x[..., None], rows.count // self._tile).swapaxes(-1, -2)

    def mix(self, rows: Rows, weights: Tensor, out: Tensor) -> None:
        """Sums over the same bands."""
        tiles = _in_groups(out, rows.count // self._tile)
        np.matmul(weights.swapaxes(-1, -2), self._bands(self._x.v, rows), out=tiles)

    def _reach(self, rows: Rows) -> tuple[int, int]:
        """How far the windows of a run reach left and right."""
        left = min(self._window, min(rows.stop, self._n) - 1)
        right = 0 if self._causal else min(self._window, self._n - 1 - max(rows.start, 0))
        return left, right

    def _bands(self, x: Tensor, rows: Rows) -> Tensor:
        """`[Hkv, 1, tiles, band, d]`: every tile's keys or values, zero beyond the sequence."""
        left, right = self._reach(rows)
        x = rows.cut(x, left, right).copy()  # once, so that the products find it in the cache
        token, head, value = x.strides
        return as_strided(
            x,
            (x.shape[1], 1, rows.count // self._tile, left + self._tile + right, x.shape[2]),
            (head, 0, self._tile * token, token, value),
            writeable=False,
        )

    def _bias(self, rows: Rows) -> Tensor:
        """`[band * tile]`: 0 where a row sees a key of its tile's band, else -inf."""
        reach = self._reach(rows)
        if self._latest_bias is None or self._latest_bias[0] != reach:
            place = np.arange(sum(reach) + self._tile)[:, None]
            row = np.arange(self._tile)
            seen = (place >= row) & (place <= row + sum(reach))
            bias = np.where(seen, 0, -np.inf).astype(self._x.k.dtype).ravel()
            self._latest_bias = reach, bias
        return self._latest_bias[1]


@dataclass(frozen=True)
class Line:
    """One candidate for each of many rows.

    Attributes:
        own: the rows, counted from the first one of the run.
        other: the tokens that they see: one for each row, or one for all of them.
        hidden: the places of those rows that do not see their token after all; None for none.
    """

    own: slice
    other: slice
    hidden: npt.NDArray[np.intp] | None = None

    def gather(self, x: Tensor, start: int, out: Tensor) -> None:
        """What the run's rows from `start` on see of x `[N, ...]`; zeros where they see nothing."""
        first = min(max(self.own.start - start, 0), len(out))
        last = min(max(self.own.stop - start, first), len(out))
        out[:first] = 0
        out[last:] = 0
        if self.other.stop - self.other.start == 1:
            out[first:last] = x[self.other]
        else:
            shift = self.other.start - self.own.start + start
            out[first:last] = x[first + shift : last + shift]


class FarTokens:
    """The tokens outside the window: global ones, and those 1, 2, 4, ... away that are not global.

    With `keep` (a flag per token), log-stride tokens that were not kept are left out. Scores are
    `[lines, rows * Hkv * G]`; a line is a global token, or a stride in one direction.
    """

    def __init__(
        self,
        x: Operands,
        config: SparseAttentionConfig,
        keep: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        self._x = x
        n = len(x.k)
        self._window = min(config.window, n)
        self._causal = config.causal
        self._globals = config.globals_within(n)
        strides = [s for s in powers_below(n) if s > config.window and config.use_log_stride]
        self._offsets = [-s for s in strides] + ([] if config.causal else strides)
        hidden = np.zeros(n, dtype=np.bool_) if keep is None else ~keep
        hidden[list(self._globals)] = True
        self._hidden = np.flatnonzero(hidden)
        self._latest: tuple[Rows, list[Line]] | None = None

    def score(self, rows: Rows, q: Tensor) -> Tensor:
        """Scores by line."""
        lines = self._lines(rows)
        scores = np.empty((len(lines), *q.shape[:3]), q.dtype)
        for line, score in zip(lines, scores, strict=True):
            _fill_outside(score, line.own, -np.inf)
            np.einsum("rhgd,rhd->rhg", q[line.own], self._x.k[line.other], out=score[line.own])
            if line.hidden is not None:
                score[line.own][line.hidden] = -np.inf
        return scores.reshape(len(lines), q[..., 0].size)

    def spread(self, rows: Rows, x: Tensor) -> Tensor:
        """`[1, rows * Hkv * G]`."""
        return x.reshape(1, -1)

    def mix(self, rows: Rows, weights: Tensor, out: Tensor) -> None:
        """The values are gathered first, for some rows at a time: `[lines, rows, Hkv, d]`."""
        lines = self._lines(rows)
        weights = weights.reshape(len(lines), *out.shape[:3]).transpose(1, 2, 3, 0)
        if out.shape[2] > 1:  # a product with whole matrices needs their rows in one piece
            weights = np.ascontiguousarray(weights)
        values = np.empty((len(lines), min(len(out), MIXED_ROWS), *self._x.v.shape[1:]), out.dtype)
        for start in range(0, len(out), MIXED_ROWS):
            part = out[start : start + MIXED_ROWS]
            for line, value in zip(lines, values[:, : len(part)], strict=True):
                line.gather(self._x.v, start, value)
            gathered = values[:, : len(part)].transpose(1, 2, 0, 3)
            np.matmul(weights[start : start + MIXED_ROWS], gathered, out=part)

    def _lines(self, rows: Rows) -> list[Line]:
        if self._latest is None or self._latest[0] is not rows:
            self._latest = rows, [*self._global_lines(rows), *self._stride_lines(rows)]
        return self._latest[1]

    def _global_lines(self, rows: Rows) -> Iterator[Line]:
        for token in self._globals:
            later = token + self._window + 1
            yield from self._line(rows, later, rows.stop, slice(token, token + 1))
            if not self._causal:
                yield from self._line(rows, 0, token - self._window, slice(token, token + 1))

    def _stride_lines(self, rows: Rows) -> Iterator[Line]:
        n = len(self._x.k)
        for offset in self._offsets:
            yield from self._line(rows, -offset, n - offset, offset)

    def _line(self, rows: Rows, first: int, last: int, other: slice | int) -> Iterator[Line]:
        """The line of those tokens `first` to `last` - 1 that are in the run, if there are any."""
        first, last = max(rows.start, 0, first), min(rows.stop, len(self._x.k), last)
        if first >= last:
            return
        own = slice(first - rows.start, last - rows.start)
        if isinstance(other, slice):
            yield Line(own, other)
            return
        start, stop = first + other, last + other
        hidden = self._hidden[slice(*np.searchsorted(self._hidden, (start, stop)))]
        yield Line(own, slice(start, stop), hidden - start if len(hidden) else None)


class Landmarks:
    """Means of blocks of tokens: the blocks around a row's pivot block.

    Rows with the same pivot see the same landmarks, so the rows of a run are grouped by pivot:
    those of group g, counted from `shift` tokens before the sequence, fill block g. Scores are
    `[Hkv, G, groups, offsets, rows of a group]`, of the wanted rows.
    """

    def __init__(self, x: Operands, config: SparseAttentionConfig) -> None:
        n = len(x.k)
        self.size = min(config.block_size, n + 1)
        # A causal pivot is the last complete block: token i completes one when i+1 is a multiple.
        self.shift = 1 if config.causal else 0
        self._keys = block_means(x.k, self.size)
        self._values = block_means(x.v, self.size)
        self._offsets = np.array(landmark_offsets(len(self._keys), config), dtype=np.intp)

    def score(self, rows: Rows, q: Tensor) -> Tensor:
        """Scores by offset from the pivot."""
        blocks, exists = self._blocks(rows)
        groups = _in_groups(q[: rows.wanted], rows.groups).swapaxes(-1, -2)
        scores = np.asarray(_by_head(self._keys[blocks]) @ groups)
        if not exists.all():
            scores[:, :, ~exists] = -np.inf
        return scores

    def spread(self, rows: Rows, x: Tensor) -> Tensor:
        """`[Hkv, G, groups, 1, rows of a group]`."""
        return _in_groups(x[: rows.wanted, ..., None], rows.groups).swapaxes(-1, -2)

    def mix(self, rows: Rows, weights: Tensor, out: Tensor) -> None:
        """Sums by group, like the scores."""
        blocks, _ = self._blocks(rows)
        groups = _in_groups(out[: rows.wanted], rows.groups)
        np.matmul(weights.swapaxes(-1, -2), _by_head(self._values[blocks]), out=groups)
        out[rows.wanted :] = 0

    def _blocks(self, rows: Rows) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
        """`[groups, offsets]`: the block at each offset, and whether there is one."""
        first = (rows.start + self.shift) // self.size
        pivots = np.arange(first, first + rows.groups) - self.shift
        blocks = pivots[:, None] + self._offsets
        last = len(self._keys) - 1
        return np.clip(blocks, 0, last), (blocks >= 0) & (blocks <= last)


def _fill_outside(x: Tensor, own: slice, value: float) -> None:
    if own.start:
        x[: own.start] = value
    if own.stop < len(x):
        x[own.stop :] = value


def _in_groups(x: Tensor, groups: int) -> Tensor:
    """View of `[rows, Hkv, G, d]` as `[Hkv, G, groups, rows of a group, d]`."""
    split = x.reshape(groups, len(x) // groups, *x.shape[1:])
    return split.transpose(2, 3, 0, 1, 4)


def _by_head(means: Tensor) -> Tensor:
    """View of `[groups, offsets, Hkv, d]` as `[Hkv, 1, groups, offsets, d]`."""
    return means.transpose(2, 0, 1, 3)[:, None]
