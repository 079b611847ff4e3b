"""The four kinds of candidates, each scored and summed for a run of consecutive tokens at once.

A kind knows how many candidates a row of a run has at most; it writes their scores (-inf where a
row does not see a candidate), and sums their values with the weights that became of the scores. A
candidate that two kinds could claim belongs to the first of window, global tokens and log stride.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from kernels_ref.numerics import Operands, block_means
from kernels_ref.pattern import SparseAttentionConfig, landmark_offsets, powers_below
from kernels_ref.tensors import Tensor


@dataclass(frozen=True)
class Rows:
    """Consecutive tokens, `start` to `stop` - 1."""

    start: int
    stop: int

    @property
    def count(self) -> int:
        """How many there are."""
        return self.stop - self.start


class Candidates(Protocol):
    """One kind of candidates."""

    def width(self, rows: Rows) -> int:
        """Candidates per row."""
        ...

    def score(self, rows: Rows, out: Tensor) -> None:
        """Write scores to `[Hkv, G, rows, width]`, -inf where a row does not see a candidate."""
        ...

    def weighted_values(self, rows: Rows, weights: Tensor) -> Tensor:
        """Sum over candidates of weight times value: `[Hkv, G, rows, d]`."""
        ...


class Window:
    """The tokens within the window, as tiles of queries against bands of keys.

    A tile of queries is multiplied with every key that one of them sees. Row r of the product holds
    its own window from column r on, so the windows are a skewed view of the products.
    """

    def __init__(self, x: Operands, config: SparseAttentionConfig) -> None:
        self._x = x
        self._n = x.k.shape[1]
        self._window = min(config.window, self._n)
        self._causal = config.causal

    def width(self, rows: Rows) -> int:
        """As far as any row of the run reaches."""
        _, _, left, right = self._tiling(rows)
        return left + 1 + right

    def score(self, rows: Rows, out: Tensor) -> None:
        """Scores by distance, from the oldest token of the window to the newest."""
        tile, tiles, left, right = self._tiling(rows)
        q = _pad_rows(self._x.q[:, :, rows.start : rows.stop], 0, tile * tiles)
        q = q.reshape(*q.shape[:2], tiles, tile, -1)
        products = q @ self._bands(self._x.k, rows)[:, None]
        windows = _skewed(products, left + 1 + right)
        whole = rows.count // tile * tile  # rows that fill their tile
        _in_tiles(out[:, :, :whole], tile)[...] = windows[:, :, : whole // tile]
        out[:, :, whole:] = windows[:, :, -1, : rows.count - whole]
        if rows.start < left or rows.stop + right > self._n:
            key = np.arange(rows.start, rows.stop)[:, None] + np.arange(-left, right + 1)
            out[:, :, (key < 0) | (key >= self._n)] = -np.inf

    def weighted_values(self, rows: Rows, weights: Tensor) -> Tensor:
        """The same bands, with the weights put back where their scores came from."""
        tile, tiles, left, right = self._tiling(rows)
        shape = (*weights.shape[:2], tiles, tile, left + tile + right)
        products = np.zeros(shape, weights.dtype)
        windows = _skewed(products, left + 1 + right)
        whole = rows.count // tile * tile
        windows[:, :, : whole // tile] = _in_tiles(weights[:, :, :whole], tile)
        windows[:, :, -1, : rows.count - whole] = weights[:, :, whole:]
        bands = self._bands(self._x.v, rows).swapaxes(-1, -2)
        sums = products @ bands[:, None]
        return sums.reshape(*sums.shape[:2], tile * tiles, -1)[:, :, : rows.count]

    def _tiling(self, rows: Rows) -> tuple[int, int, int, int]:
        """Rows of a tile, number of tiles, and how far the windows reach left and right."""
        left = min(self._window, rows.stop - 1)
        right = 0 if self._causal else min(self._window, self._n - 1 - rows.start)
        tile = min(rows.count, max(16, min(left + right, 128)))
        return tile, -(-rows.count // tile), left, right

    def _bands(self, x: Tensor, rows: Rows) -> Tensor:
        """`[Hkv, tiles, d, band]`: every tile's keys or values, zero beyond the sequence."""
        tile, tiles, left, right = self._tiling(rows)
        first, last = rows.start - left, rows.start + tile * tiles + right
        band = x[:, max(0, first) : last]
        band = _pad_rows(band, max(0, -first), last - first)
        return sliding_window_view(band, left + tile + right, axis=1)[:, ::tile]


class GlobalTokens:
    """The global tokens that lie outside a row's window."""

    def __init__(self, x: Operands, config: SparseAttentionConfig) -> None:
        self._x = x
        self._tokens = np.array(config.globals_within(x.k.shape[1]), dtype=np.intp)
        self._window = min(config.window, x.k.shape[1])
        self._causal = config.causal

    def width(self, rows: Rows) -> int:
        """All of them."""
        return len(self._tokens)

    def score(self, rows: Rows, out: Tensor) -> None:
        """One column per global token."""
        keys = self._x.k[:, None, self._tokens]
        np.matmul(self._x.q[:, :, rows.start : rows.stop], keys.swapaxes(-1, -2), out=out)
        age = np.arange(rows.start, rows.stop)[:, None] - self._tokens
        outside = (age if self._causal else np.abs(age)) > self._window
        out[:, :, ~outside] = -np.inf

    def weighted_values(self, rows: Rows, weights: Tensor) -> Tensor:
        """One product with the global tokens' values."""
        return weights @ self._x.v[:, None, self._tokens]


class LogStride:
    """The tokens 1, 2, 4, ... away that are neither in the window nor global.

    With `keep` (a flag per token), those that were not kept are left out as well.
    """

    def __init__(
        self,
        x: Operands,
        config: SparseAttentionConfig,
        keep: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        self._x = x
        n = x.k.shape[1]
        strides = [s for s in powers_below(n) if s > config.window]
        self._offsets = [-s for s in strides] + ([] if config.causal else strides)
        self._seen = np.ones(n, dtype=np.bool_) if keep is None else keep.copy()
        self._seen[list(config.globals_within(n))] = False

    def width(self, rows: Rows) -> int:
        """Every stride in every direction."""
        return len(self._offsets)

    def score(self, rows: Rows, out: Tensor) -> None:
        """One column per stride and direction."""
        x = self._x
        out[...] = -np.inf
        for i, (own, other) in enumerate(self._pairs(rows)):
            q = x.q[:, :, rows.start + own.start : rows.start + own.stop]
            product = np.einsum("hgid,hid->hgi", q, x.k[:, other])
            product[:, :, ~self._seen[other]] = -np.inf
            out[:, :, own, i] = product

    def weighted_values(self, rows: Rows, weights: Tensor) -> Tensor:
        """Stride by stride."""
        x = self._x
        sums = np.zeros((*weights.shape[:3], x.v.shape[2]), weights.dtype)
        for i, (own, other) in enumerate(self._pairs(rows)):
            sums[:, :, own] += weights[:, :, own, i, None] * x.v[:, None, other]
        return sums

    def _pairs(self, rows: Rows) -> list[tuple[slice, slice]]:
        """For each offset, the rows (from `start`) that have such a token, and those tokens."""
        pairs = []
        for offset in self._offsets:
            first = max(rows.start, -offset)
            last = max(first, min(rows.stop, len(self._seen) - offset))
            own = slice(first - rows.start, last - rows.start)
            pairs.append((own, slice(first + offset, last + offset)))
        return pairs


class Landmarks:
    """Means of blocks of tokens: those around a row's pivot block.

    Rows with one pivot see the same landmarks, so a run is taken apart into groups by pivot: the
    rows of group g, counted from `shift` tokens before them, fill block g.
    """

    def __init__(self, x: Operands, config: SparseAttentionConfig) -> None:
        self._x = x
        n = x.k.shape[1]
        self.size = min(config.block_size, n + 1)
        # A causal pivot is the last complete block: token i completes one when i+1 is a multiple.
        self.shift = 1 if config.causal else 0
        self._keys = block_means(x.k, self.size)
        self._values = block_means(x.v, self.size)
        self._offsets = np.array(landmark_offsets(self._keys.shape[1], config), dtype=np.intp)

    def width(self, rows: Rows) -> int:
        """Every offset from the pivot."""
        return len(self._offsets)

    def score(self, rows: Rows, out: Tensor) -> None:
        """One column per offset from the pivot."""
        q = self._grouped(self._x.q[:, :, rows.start : rows.stop], rows)
        blocks, exists = self._blocks(rows)
        scores = q @ self._keys[:, None, blocks].swapaxes(-1, -2)
        scores += np.where(exists, 0, -np.inf).astype(scores.dtype)[:, None, :]
        out[...] = self._ungrouped(scores, rows)

    def weighted_values(self, rows: Rows, weights: Tensor) -> Tensor:
        """Group by group, as the scores."""
        blocks, _ = self._blocks(rows)
        sums = self._grouped(weights, rows) @ self._values[:, None, blocks]
        return self._ungrouped(sums, rows)

    def _groups(self, rows: Rows) -> tuple[int, int, int, int]:
        """First group, number of groups, rows of a group, and rows missing before the first."""
        first = (rows.start + self.shift) // self.size
        count = (rows.stop - 1 + self.shift) // self.size - first + 1
        if count == 1:
            return first, 1, rows.count, 0
        return first, count, self.size, rows.start + self.shift - first * self.size

    def _blocks(self, rows: Rows) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
        """`[groups, offsets]`: the block at each offset, and whether there is one."""
        first, count, _, _ = self._groups(rows)
        pivots = np.arange(first, first + count) - self.shift
        blocks = pivots[:, None] + self._offsets
        last = self._keys.shape[1] - 1
        return np.clip(blocks, 0, last), (blocks >= 0) & (blocks <= last)

    def _grouped(self, x: Tensor, rows: Rows) -> Tensor:
        _, count, size, missing = self._groups(rows)
        return _pad_rows(x, missing, count * size).reshape(*x.shape[:2], count, size, x.shape[3])

    def _ungrouped(self, x: Tensor, rows: Rows) -> Tensor:
        missing = self._groups(rows)[3]
        flat = x.reshape(*x.shape[:2], x.shape[2] * x.shape[3], x.shape[4])
        return flat[:, :, missing : missing + rows.count]


def _pad_rows(x: Tensor, before: int, total: int) -> Tensor:
    """`x` `[..., rows, d]` with zero rows before and behind it, `total` in all."""
    if before == 0 and total == x.shape[-2]:
        return x
    padded = np.zeros((*x.shape[:-2], total, x.shape[-1]), x.dtype)
    padded[..., before : before + x.shape[-2], :] = x
    return padded


def _in_tiles(x: Tensor, tile: int) -> Tensor:
    """View of `[..., rows, candidates]` as `[..., tiles, tile, candidates]`."""
    rows, candidates = x.shape[-2:]
    return x.reshape(*x.shape[:-2], rows // tile, tile, candidates)


def _skewed(products: Tensor, width: int) -> Tensor:
    """View of `[..., rows, band]` whose row r starts at column r and has `width` columns."""
    row, column = products.strides[-2:]
    return as_strided(
        products,
        shape=(*products.shape[:-1], width),
        strides=(*products.strides[:-2], row + column, column),
    )
