"""Where the candidates of every token lie, worked out once for a length and a pattern.

Letters of shapes: N sequences of one key/value head each, T tokens, G query heads on each of these,
d values a head. The pool of keys (or values) `[N, T + landmarks, d]` is those of all tokens and,
behind them, the means of blocks.
"""

from __future__ import annotations

import math
from functools import cached_property, lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from kernels_ref.pattern import SparseAttentionConfig, landmark_offsets, powers_below

MIN_TILE, MAX_TILE = 16, 128
PLANS = 8


class Plan:
    """All candidates of T tokens: what groups of tokens see, and the blocks of the landmarks."""

    def __init__(self, n: int, pattern: SparseAttentionConfig, dtype: torch.dtype) -> None:
        self._block = min(pattern.block_size, n + 1) if pattern.use_landmarks else 0
        self._n = n
        self._dtype = dtype
        kinds = [_near(n, pattern), _far(n, pattern)]
        if self._block:
            kinds.append(_landmarks(n, self._block, pattern))
        self.groups = [
            Groups(n, size, shift, places, seen, dtype)
            for size, shift, places, seen in kinds
            if places.numel()
        ]

    @property
    def scores_of_a_head(self) -> int:
        """Scores that are formed for a query head, those that no token sees among them."""
        return sum(group.scores_of_a_head for group in self.groups)

    @cached_property
    def bias(self) -> Tensor:
        """0 where a token sees a place of the pool, else -inf: `[T, T + landmarks]`."""
        landmarks = -(-self._n // self._block) if self._block else 0
        shape = (self._n, self._n + landmarks)
        bias = torch.full(shape, -math.inf, dtype=self._dtype)
        for group in self.groups:
            group.show(bias)
        return bias

    def pool(self, x: Tensor) -> Tensor:
        """Tokens `[N, T, d]` and the means of their blocks, of which the last one may be short."""
        if not self._block:
            return x
        whole = self._n // self._block * self._block
        parts = [x, x[:, :whole].unflatten(1, (-1, self._block)).mean(dim=2)]
        if whole < self._n:
            parts.append(x[:, whole:].mean(dim=1, keepdim=True))
        return torch.cat(parts, dim=1)

    def unpooled(self, pool: Tensor) -> Tensor:
        """The gradient `[N, T, d]` of tokens by that of the pool, which is changed."""
        if not self._block:
            return pool
        whole = self._n // self._block
        tokens, means = pool[:, : self._n], pool[:, self._n :]
        in_blocks = tokens[:, : whole * self._block].unflatten(1, (-1, self._block))
        in_blocks += means[:, :whole, None] / self._block
        if rest := self._n % self._block:
            tokens[:, -rest:] += means[:, -1:] / rest
        return tokens


class Groups:
    """Consecutive tokens that have the same `F` candidates, of which each token sees some.

    Tokens are counted from `shift` before the first one, `size` a group; where the first and the
    last group have no tokens there are rows of zeros.

    Args:
        n: T.
        size: tokens a group.
        shift: rows before token 0.
        places: in the pool, `[groups, F]`.
        seen: whether a token of a group sees a candidate, `[groups, size or 1, F]`.
        dtype: of the scores.
    """

    def __init__(
        self, n: int, size: int, shift: int, places: Tensor, seen: Tensor, dtype: torch.dtype
    ) -> None:
        self._n = n
        self._size = size
        self._shift = shift
        self._count = len(places)
        self._padding = self._count * size - shift - n
        self._places = places.flatten()
        bias = torch.zeros(seen.shape, dtype=dtype).masked_fill_(~seen, -math.inf)
        self._bias = bias[:, :, None]

    @property
    def scores_of_a_head(self) -> int:
        """As of the plan."""
        return self._size * self._places.numel()

    def rows(self, x: Tensor) -> Tensor:
        """Tokens `[N, T, G, values]` as rows of groups `[N * groups, size * G, values]`."""
        if self._shift or self._padding:
            x = functional.pad(x, (0, 0, 0, 0, self._shift, self._padding))
        return x.reshape(-1, self._size * x.shape[2], x.shape[3])

    def tokens(self, rows: Tensor, like: Tensor) -> Tensor:
        """`rows` taken back, of `[N * groups, size * G, ...]`; `like` has N, T and G."""
        whole = rows.view(len(like), -1, like.shape[2], *rows.shape[2:])
        return whole[:, self._shift : self._shift + self._n]

    def hide(self, scores: Tensor) -> Tensor:
        """Put -inf into scores `[N * groups, size * G, F]` where a token does not see."""
        by_token = scores.view(-1, self._count, self._size, *_heads(scores, self._size))
        by_token += self._bias
        return scores

    def show(self, bias: Tensor) -> None:
        """Put 0 into `[T, T + landmarks]` where a token of these groups sees a place."""
        tokens = slice(self._shift, self._shift + self._n)
        of_rows = self._bias[:, :, 0].expand(-1, self._size, -1)
        places = self._places.view(self._count, 1, -1).expand_as(of_rows)
        # What lies outside the sequence has a place in it too, and is hidden there.
        bias.scatter_reduce_(1, places.flatten(0, 1)[tokens], of_rows.flatten(0, 1)[tokens], "amax")

    def gathered(self, pool: Tensor) -> Tensor:
        """The candidates of every group: `[N * groups, F, d]`."""
        picked = pool.flatten(0, 1).index_select(0, self._places_in(pool))
        return picked.view(len(pool) * self._count, -1, pool.shape[2])

    def scatter(self, gathered: Tensor, pool: Tensor) -> None:
        """Add `[N * groups, F, d]` to the pool, each where it was gathered from."""
        pool.view(-1, pool.shape[2]).index_add_(0, self._places_in(pool), gathered.flatten(0, 1))

    def _places_in(self, pool: Tensor) -> Tensor:
        if len(pool) == 1:
            return self._places
        first = torch.arange(len(pool))[:, None] * pool.shape[1]
        return (self._places + first).flatten()


@lru_cache(PLANS)
def plan_of(n: int, pattern: SparseAttentionConfig, dtype: torch.dtype) -> Plan:
    """The plan for `n` tokens; those of the last few lengths are kept."""
    return Plan(n, pattern, dtype)


Kind = tuple[int, int, Tensor, Tensor]
"""Size, shift, places and seen of `Groups`."""


def _near(n: int, pattern: SparseAttentionConfig) -> Kind:
    """The window: tiles of tokens, and all keys that one of their windows reaches."""
    size = min(n, max(MIN_TILE, min(pattern.window, MAX_TILE)))
    reach = min(pattern.window, n - 1)
    first = torch.arange(0, n, size)[:, None]
    last = size - 1 + (0 if pattern.causal else reach)
    key = first + torch.arange(-reach, last + 1)
    row = first + torch.arange(size)
    distance = key[:, None] - row[:, :, None]
    seen = (distance >= -reach) & (distance <= (0 if pattern.causal else reach))
    real = ((key >= 0) & (key < n))[:, None]
    # A row that is no token sees something, so that it has a weight to divide by.
    return size, 0, key.clamp(0, n - 1), (seen & real) | (row >= n)[:, :, None]


def _far(n: int, pattern: SparseAttentionConfig) -> Kind:
    """Global tokens and log strides outside the window: others for every token."""
    token = torch.arange(n)[:, None]
    globals_ = torch.tensor(pattern.globals_within(n), dtype=torch.long)
    distance = globals_ - token
    far = distance < -pattern.window
    if not pattern.causal:
        far |= distance > pattern.window
    strides = [s for s in powers_below(n) if s > pattern.window and pattern.use_log_stride]
    offsets = [-s for s in strides] + ([] if pattern.causal else strides)
    strided = token + torch.tensor(offsets, dtype=torch.long)
    seen = (strided >= 0) & (strided < n) & ~torch.isin(strided, globals_)
    places = torch.cat([globals_.expand(n, -1), strided.clamp(0, n - 1)], dim=1)
    return 1, 0, places, torch.cat([far, seen], dim=1)[:, None]


def _landmarks(n: int, block: int, pattern: SparseAttentionConfig) -> Kind:
    """Block means: the same ones for all tokens with one pivot block."""
    # A causal pivot is the last complete block: token i completes one when i+1 is a multiple.
    shift = 1 if pattern.causal else 0
    count = -(-n // block)
    groups = torch.arange(-(-(n + shift) // block))[:, None]
    places = groups - shift + torch.tensor(landmark_offsets(count, pattern), dtype=torch.long)
    seen = (places >= 0) & (places < count)
    return block, shift, n + places.clamp(0, count - 1), seen[:, None]


def _heads(scores: Tensor, size: int) -> tuple[int, int]:
    """G and F of scores `[groups, size * G, F]`."""
    return scores.shape[1] // size, scores.shape[2]
