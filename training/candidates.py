"""Where the candidates of every token lie, worked out once for a length and a pattern.

Letters of shapes: N sequences of one key/value head each, T tokens, G query heads on each of these,
d values a head. The pool of keys (or values) `[N, P, d]` is those of all tokens and, behind them,
the means of the blocks.
"""

from __future__ import annotations

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

    @property
    def scores_of_a_head(self) -> int:
        """Scores that are formed for a query head, those that no token sees among them."""
        return sum(kind.hidden.numel() for kind in self.kinds) // self.group

    @cached_property
    def bias(self) -> Tensor:
        """0 where a token sees a place of the pool, else -inf: `[T, P]`."""
        landmarks = -(-self.n // self._block) if self._block else 0
        shape = (self.tiles * TILE, self.n + landmarks)
        bias = torch.full(shape, -math.inf, dtype=self.kinds[0].hidden.dtype)
        for kind in self.kinds:
            by_token = kind.hidden[:, :, :: self.group].mT.flatten(0, 1)
            places = kind.places[:, None].expand(-1, kind.size, -1).flatten(0, 1)
            # A candidate outside the sequence has the place of another one, and is hidden.
            bias.scatter_reduce_(1, places, by_token, "amax")
        return bias[self.shift : self.shift + self.n].clone()

    def pool(self, x: Tensor, name: str | None = None) -> Tensor:
        """Tokens `[N, T, d]` and the means of their blocks, of which the last one may be short.

        With a name the pool is a piece of scratch, without a gradient.
        """
        if not self._block:
            return x.contiguous()
        whole, rest = divmod(self.n, self._block)
        blocks = x[:, : whole * self._block].unflatten(1, (whole, self._block))
        parts = [x, blocks.mean(dim=2)]
        if rest:
            parts.append(x[:, -rest:].mean(dim=1, keepdim=True))
        if name is None:
            return torch.cat(parts, dim=1)
        shape = (len(x), self.n + whole + bool(rest), x.shape[2])
        return torch.cat(parts, dim=1, out=SCRATCH.piece(name, shape, x.dtype))

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

    def parts(self, sequences: int) -> Iterator[Part]:
        """The tiles of all sequences, so many at a time that their scores stay in the cache."""
        size = self.scores_of_a_head * self.group
        together = max(1, SCORES_AT_A_TIME // size)
        step = max(1, min(self.tiles, SCORES_AT_A_TIME * self.tiles // size))
        for first in range(0, sequences, together):
            for tile in range(0, self.tiles, step):
                last = min(first + together, sequences)
                yield Part(self, slice(first, last), tile, min(tile + step, self.tiles))


class Kind:
    """Candidates that some consecutive tokens share, `size` of them.

    places: in the pool, `[lists, F]`. hidden: 0 where a row sees a candidate, else -inf, `[lists,
    F, size * G]`; rows are the query heads of a list's tokens.
    """

    def __init__(
        self, size: int, places: Tensor, seen: Tensor, group: int, dtype: torch.dtype
    ) -> None:
        self.size = size
        self.places = places
        hidden = torch.zeros(seen.shape, dtype=dtype).masked_fill_(~seen, -math.inf)
        self.hidden = hidden.repeat_interleave(group, dim=2)


class Part:
    """Some tiles of some sequences. M is the number of their lists, which depends on the kind."""

    def __init__(self, plan: Plan, sequences: slice, first_tile: int, last_tile: int) -> None:
        self._plan, self._sequences = plan, sequences
        self._count = sequences.stop - sequences.start
        self._rows = slice(first_tile * TILE, last_tile * TILE)
        start, stop = (row - plan.shift for row in (self._rows.start, self._rows.stop))
        self._tokens = slice(max(start, 0), min(stop, plan.n))
        self._real = slice(self._tokens.start - start, self._tokens.stop - start)

    def of(self, x: Tensor) -> Tensor:
        """The part's tokens of x `[N, T, G, values]`, a view."""
        return x[self._sequences, self._tokens]

    def rows(self, name: str, x: Tensor, factor: Tensor | float) -> Tensor:
        """x `[N, T, G, d]` by a factor, as rows `[rows, d]`, zeros where there is no token."""
        shape = (self._count, self._rows.stop - self._rows.start, *x.shape[2:])
        rows = SCRATCH.piece(name, shape, x.dtype)
        rows[:, : self._real.start] = 0
        rows[:, self._real.stop :] = 0
        factor = self.of(factor) if isinstance(factor, Tensor) else factor
        torch.mul(self.of(x), factor, out=rows[:, self._real])
        return rows.view(-1, x.shape[3])

    def tokens(self, rows: Tensor) -> Tensor:
        """Rows `[rows, values]` as the part's tokens `[., ., G, values]`, a view."""
        return rows.view(self._count, -1, self._plan.group, rows.shape[1])[:, self._real]

    def lists(self, kind: Kind, rows: Tensor) -> Tensor:
        """Rows `[rows, values]` by the lists of a kind: `[M, size * G, values]`, a view."""
        return rows.view(-1, kind.size * self._plan.group, rows.shape[1])

    def hide(self, kind: Kind, scores: Tensor) -> None:
        """Put -inf into scores `[M, F, size * G]` where a row does not see a candidate."""
        hidden = kind.hidden[self._lists(kind)]
        by_sequence = scores.view(self._count, *hidden.shape)
        by_sequence += hidden

    def gathered(self, kind: Kind, name: str, pool: Tensor) -> Tensor:
        """The candidates of every list: `[M, F, d]`."""
        places, d = self._places(kind, pool), pool.shape[2]
        out = SCRATCH.piece(f"{name} {kind.size}", (len(places), d), pool.dtype)
        torch.index_select(pool[self._sequences].view(-1, d), 0, places, out=out)
        return out.view(-1, kind.places.shape[1], d)

    def scatter(self, kind: Kind, gathered: Tensor, pool: Tensor) -> None:
        """Add `[M, F, d]` to the pool, each candidate where it was gathered from."""
        places, d = self._places(kind, pool), pool.shape[2]
        pool[self._sequences].view(-1, d).index_add_(0, places, gathered.view(-1, d))

    def _lists(self, kind: Kind) -> slice:
        return slice(self._rows.start // kind.size, self._rows.stop // kind.size)

    def _places(self, kind: Kind, pool: Tensor) -> Tensor:
        places = kind.places[self._lists(kind)].flatten()
        if self._count == 1:
            return places
        return (places + torch.arange(self._count)[:, None] * pool.shape[1]).flatten()


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
