"""Where the candidates of every token lie, worked out once for a length and a pattern.

Letters of shapes: N sequences of one key/value head each, T tokens, G query heads on each of these,
d values a head. The pool of keys (or values) `[N, P, d]` is those of all tokens and, behind them,
the means of the blocks.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from kernels_ref.pattern import SparseAttentionConfig, landmark_offsets, powers_below
from training.scratch import Scratch

TILE = 16
"""Tokens that share a list of candidates, as many as the usual block has."""
SCORES_AT_A_TIME = 1 << 18
"""Scores that are formed together, so that they stay in a processor's cache."""
PLANS = 8

SCRATCH = Scratch()


class Plan:
    """The candidates of T tokens.

    Tokens are taken in tiles of consecutive ones; the first tile begins `shift` tokens before the
    sequence. Rows of a tile that are no tokens are computed too, as zeros.

    Args:
        n: T.
        pattern: which candidates a token has.
        group: G.
        dtype: of the scores.
    """

    def __init__(
        self, n: int, pattern: SparseAttentionConfig, group: int, dtype: torch.dtype
    ) -> None:
        self.n, self.group = n, group
        self._block = min(pattern.block_size, n + 1) if pattern.use_landmarks else 0
        self.pool_len = n + (-(-n // self._block) if self._block else 0)
        # A causal token sees complete blocks only: the tokens of a tile should complete the same.
        self.shift = 1 if pattern.causal and self._block else 0
        self.tiles = -(-(n + self.shift) // TILE)
        token = torch.arange(self.tiles * TILE) - self.shift
        found = [_window(token, n, pattern), _globals(token, n, pattern)]
        if self._block:
            found.append(_landmarks(token, n, self._block, pattern))
        places, seen = (torch.cat(parts, dim=1) for parts in zip(*found, strict=True))
        # A row that is no token sees something, so that it has a weight to divide by.
        seen[:, 0] |= ((token < 0) | (token >= n)).view(-1, TILE)
        self.kinds = [Kind(TILE, places, seen, group, dtype)]
        places, seen = _strides(token, n, pattern)
        if places.numel():
            self.kinds.append(Kind(1, places, seen, group, dtype))
        self._parts: tuple[int, list[Part]] | None = None

    @property
    def scores_of_a_head(self) -> int:
        """Scores that are formed for a query head, those that no token sees among them."""
        return sum(kind.hidden.numel() for kind in self.kinds) // self.group

    @cached_property
    def bias(self) -> Tensor:
        """0 where a token sees a place of the pool, else -inf: `[T, P]`."""
        shape = (self.tiles * TILE, self.pool_len)
        bias = torch.full(shape, -math.inf, dtype=self.kinds[0].hidden.dtype)
        for kind in self.kinds:
            by_token = kind.hidden[:, :, :: self.group].mT.flatten(0, 1)
            places = kind.places[:, None].expand(-1, kind.size, -1).flatten(0, 1)
            # A candidate outside the sequence has the place of another one, and is hidden.
            bias.scatter_reduce_(1, places, by_token, "amax")
        return bias[self.shift : self.shift + self.n].clone()

    def pool(self, x: Tensor) -> Tensor:
        """Tokens `[N, T, d]` and the means of their blocks, of which the last one may be short."""
        if not self._block:
            return x
        whole, rest = divmod(self.n, self._block)
        blocks = x[:, : whole * self._block].unflatten(1, (whole, self._block))
        parts = [x, blocks.mean(dim=2)]
        if rest:
            parts.append(x[:, -rest:].mean(dim=1, keepdim=True))
        return torch.cat(parts, dim=1)

    def pools(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """The pools of keys and values `[N, T, d]`."""
        both = SCRATCH.piece("keys and values", (2, *k.shape), k.dtype)
        keys, values = self.pool(torch.stack((k, v), out=both).flatten(0, 1)).chunk(2)
        return keys, values

    def unpooled(self, pool: Tensor) -> Tensor:
        """The gradient `[N, T, d]` of tokens by that of the pool, which is changed."""
        if not self._block:
            return pool
        whole, rest = divmod(self.n, self._block)
        tokens, means = pool[:, : self.n], pool[:, self.n :]
        in_blocks = tokens[:, : whole * self._block].unflatten(1, (whole, self._block))
        in_blocks += means[:, :whole, None] / self._block
        if rest:
            tokens[:, -rest:] += means[:, -1:] / rest
        return tokens

    def parts(self, sequences: int) -> list[Part]:
        """The tiles of all sequences, so many at a time that their scores stay in the cache."""
        if self._parts is None or self._parts[0] != sequences:
            self._parts = sequences, list(self._cut(sequences))
        return self._parts[1]

    def _cut(self, sequences: int) -> Iterator[Part]:
        size = self.scores_of_a_head * self.group
        together = max(1, SCORES_AT_A_TIME // size)
        step = max(1, min(self.tiles, SCORES_AT_A_TIME * self.tiles // size))
        for first in range(0, sequences, together):
            for tile in range(0, self.tiles, step):
                last = min(first + together, sequences)
                yield Part(self, first, last, tile, min(tile + step, self.tiles))


class Kind:
    """Candidates that some consecutive tokens share, `size` of them.

    places: in the pool of a sequence, `[lists, F]`. index: the same in the pools of all sequences,
    `[M * F]`. hidden: 0 where a row sees a candidate, else -inf, `[lists, F, size * G]`; rows are
    the query heads of a list's tokens.
    """

    index: Tensor

    def __init__(
        self, size: int, places: Tensor, seen: Tensor, group: int, dtype: torch.dtype
    ) -> None:
        self.size = size
        self.places = places
        hidden = torch.zeros(seen.shape, dtype=dtype).masked_fill_(~seen, -math.inf)
        self.hidden = hidden.repeat_interleave(group, dim=2)

    def cut(self, first_tile: int, last_tile: int, offsets: Tensor) -> Kind:
        """The same for some tiles, with places in the pools of the sequences at these offsets."""
        lists = slice(first_tile * TILE // self.size, last_tile * TILE // self.size)
        kind = copy.copy(self)
        kind.places, kind.hidden = self.places[lists], self.hidden[lists]
        kind.index = (kind.places.flatten() + offsets[:, None]).flatten()
        return kind


class Part:
    """Tiles `first_tile` to `last_tile` of sequences `first` to `last`.

    M is the number of their lists, which depends on the kind.
    """

    def __init__(self, plan: Plan, first: int, last: int, first_tile: int, last_tile: int) -> None:
        self._first, self._last = first, last
        self._group, self._shift = plan.group, plan.shift
        start, stop = first_tile * TILE - plan.shift, last_tile * TILE - plan.shift
        self._start, self._stop = max(start, 0), min(stop, plan.n)
        self._padding = self._start - start, stop - self._stop
        offsets = torch.arange(first, last) * plan.pool_len
        self.kinds = [kind.cut(first_tile, last_tile, offsets) for kind in plan.kinds]

    def of(self, x: Tensor) -> Tensor:
        """The part's tokens of x `[N, T, G, values]`, a view."""
        if self._last - self._first < len(x):
            x = x[self._first : self._last]
        return x if self._stop - self._start == x.shape[1] else x[:, self._start : self._stop]

    def rows(self, name: str, x: Tensor, factor: Tensor | float) -> Tensor:
        """x `[N, T, G, d]` by a factor, as rows `[rows, d]`, zeros where there is no token."""
        before, behind = self._padding
        count = before + self._stop - self._start + behind
        rows = SCRATCH.piece(name, (self._last - self._first, count, *x.shape[2:]), x.dtype)
        if before:
            rows[:, :before].zero_()
        if behind:
            rows[:, -behind:].zero_()
        factor = self.of(factor) if isinstance(factor, Tensor) else factor
        torch.mul(self.of(x), factor, out=rows[:, before : count - behind])
        return rows.view(-1, x.shape[3])

    def tokens(self, rows: Tensor) -> Tensor:
        """Rows `[rows, values]` as the part's tokens `[., ., G, values]`, a view."""
        whole = rows.view(self._last - self._first, -1, self._group, rows.shape[1])
        before, behind = self._padding
        return whole[:, before : whole.shape[1] - behind] if before + behind else whole

    def lists(self, kind: Kind, rows: Tensor) -> Tensor:
        """Rows `[rows, values]` by the lists of a kind: `[M, size * G, values]`, a view."""
        return rows.view(-1, kind.size * self._group, rows.shape[1])

    def hide(self, kind: Kind, scores: Tensor) -> None:
        """Put -inf into scores `[M, F, size * G]` where a row does not see a candidate."""
        if self._last - self._first > 1:
            scores = scores.view(-1, *kind.hidden.shape)
        scores += kind.hidden

    def gathered(self, kind: Kind, name: str, pool: Tensor) -> Tensor:
        """The candidates of every list: `[M, F, d]`."""
        d, candidates = pool.shape[2], kind.places.shape[1]
        shape = (len(kind.index) // candidates, candidates, d)
        out = SCRATCH.piece(f"{name} {kind.size}", shape, pool.dtype)
        torch.index_select(pool.view(-1, d), 0, kind.index, out=out.view(-1, d))
        return out

    def scatter(self, kind: Kind, gathered: Tensor, pool: Tensor) -> None:
        """Add `[M, F, d]` to the pool, each candidate where it was gathered from."""
        d = pool.shape[2]
        pool.view(-1, d).index_add_(0, kind.index, gathered.view(-1, d))


@lru_cache(PLANS)
def plan_of(n: int, pattern: SparseAttentionConfig, group: int, dtype: torch.dtype) -> Plan:
    """The plan for `n` tokens; those of the last few lengths are kept."""
    return Plan(n, pattern, group, dtype)


Candidates = tuple[Tensor, Tensor]
"""Places `[lists, F]`, and whether a token sees them `[lists, F, size]`."""


def _window(token: Tensor, n: int, pattern: SparseAttentionConfig) -> Candidates:
    """All keys that a window of one of the tile's tokens reaches."""
    reach = min(pattern.window, n - 1)
    behind = 0 if pattern.causal else reach
    tile = token.view(-1, TILE)
    key = tile[:, :1] + torch.arange(-reach, TILE + behind)
    distance = key[:, :, None] - tile[:, None]
    inside = ((key >= 0) & (key < n))[:, :, None]
    return key.clamp(0, n - 1), (distance >= -reach) & (distance <= behind) & inside


def _globals(token: Tensor, n: int, pattern: SparseAttentionConfig) -> Candidates:
    """The global tokens, where they are outside the window."""
    tokens = torch.tensor(pattern.globals_within(n), dtype=torch.long)
    tile = token.view(-1, TILE)
    distance = tokens[:, None] - tile[:, None]
    seen = distance < -pattern.window
    if not pattern.causal:
        seen |= distance > pattern.window
    return tokens.expand(len(tile), -1), seen


def _landmarks(token: Tensor, n: int, block: int, pattern: SparseAttentionConfig) -> Candidates:
    """The block means that belong to the pivot block of one of the tile's tokens."""
    shift = 1 if pattern.causal else 0
    pivot = ((token + shift).div(block, rounding_mode="floor") - shift).view(-1, TILE)
    count = -(-n // block)
    pivots = pivot[:, :1] + torch.arange(int((pivot[:, -1] - pivot[:, 0]).max()) + 1)
    offsets = torch.tensor(landmark_offsets(count, pattern), dtype=torch.long)
    places = (pivots[:, :, None] + offsets).flatten(1)
    own = pivots.repeat_interleave(len(offsets), dim=1)[:, :, None] == pivot[:, None]
    exists = ((places >= 0) & (places < count))[:, :, None]
    return n + places.clamp(0, count - 1), own & exists


def _strides(token: Tensor, n: int, pattern: SparseAttentionConfig) -> Candidates:
    """The log stride outside the window, without global tokens: others for every token."""
    strides = [s for s in powers_below(n) if s > pattern.window and pattern.use_log_stride]
    offsets = [-s for s in strides] + ([] if pattern.causal else strides)
    places = token[:, None] + torch.tensor(offsets, dtype=torch.long)
    globals_ = torch.tensor(pattern.globals_within(n), dtype=torch.long)
    seen = (places >= 0) & (places < n) & ~torch.isin(places, globals_)
    return places.clamp(0, n - 1), seen[:, :, None]
