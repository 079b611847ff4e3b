"""Sparse attention over whole windows, differentiable and batched.

The same function as `kernels_ref.sparse.sparse_attention`, laid out for products of matrices.
Tokens are taken in tiles of consecutive ones, and a tile is multiplied with every key that one of
its windows reaches. Log strides are products of shifted sequences, value by value, and landmarks
are scored for groups of tokens that see the same ones. A token's candidates then lie side by side
in one row, of which one softmax is taken.

Letters of shapes: B sequences, T tokens, Hkv key/value heads, G query heads on each of them, d
values a head, C tokens a tile, `tiles` = ceil(T / C). Scores are
`[B, tiles, Hkv, C, G, candidates]`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from kernels_ref.errors import NonFinite, ShapeMismatch
from kernels_ref.pattern import SparseAttentionConfig, landmark_offsets, powers_below

LEAST_TILE, MOST_TILE = 16, 128


def sparse_attention(q: Tensor, k: Tensor, v: Tensor, pattern: SparseAttentionConfig) -> Tensor:
    """Attention of every token over its candidates.

    Time and memory grow with B * T * (W + log T).

    Args:
        q: queries `[B, T, Hq, d]`.
        k: keys `[B, T, Hkv, d]`; query head h reads key/value head h // (Hq // Hkv).
        v: values `[B, T, Hkv, d]`.
        pattern: which candidates a token has.

    Returns:
        `[B, T, Hq, d]` of q's type.

    Raises:
        ShapeMismatch: for tensors that do not go together.
        NonFinite: for NaN or an infinity in one of them.
    """
    check_operands(q, k, v)
    if q.numel() == 0:
        return q.clone()
    bound = largest("q", q) * largest("k", k) * q.shape[3]
    largest("v", v)
    if bound > torch.finfo(q.dtype).max:  # a score could be an infinity
        wide = torch.float64
        return _attend(q.to(wide), k.to(wide), v.to(wide), pattern).to(q.dtype)
    return _attend(q, k, v, pattern)


def check_operands(q: Tensor, k: Tensor, v: Tensor) -> None:
    """Refuse what is not q `[B, T, Hq, d]` with k and v `[B, T, Hkv, d]`; raises ShapeMismatch."""
    for name, x, heads in (("q", q, "Hq"), ("k", k, "Hkv"), ("v", v, "Hkv")):
        if x.dim() != 4 or 0 in x.shape[2:]:
            need = f"[B, T, {heads}, d] with at least one head and d of at least 1"
            raise ShapeMismatch(name, tuple(x.shape), need)
    batch, n, q_heads, d = q.shape
    need = f"[{batch}, {n}, Hkv, {d}] to match q, with Hkv a divisor of {q_heads}"
    if k.shape != (batch, n, k.shape[2], d) or q_heads % k.shape[2]:
        raise ShapeMismatch("k", tuple(k.shape), need)
    if v.shape != k.shape:
        raise ShapeMismatch("v", tuple(v.shape), f"{list(k.shape)} to match k")


def largest(name: str, x: Tensor) -> float:
    """The largest magnitude in x; raises NonFinite."""
    low, high = (float(end) for end in torch.aminmax(x.detach()))
    if not math.isfinite(low + high):
        places = (~torch.isfinite(x.detach())).nonzero()
        if len(places):
            index = tuple(int(i) for i in places[0])
            raise NonFinite(name, index, float(x[index]))
    return max(-low, high)


def _attend(q: Tensor, k: Tensor, v: Tensor, pattern: SparseAttentionConfig) -> Tensor:
    n = q.shape[1]
    tiling = Tiling.of(n, k.shape[2], pattern)
    queries = tiling.tiles(q * (1 / math.sqrt(q.shape[3])))
    kinds: list[Kind] = [Near(tiling, pattern, q)]
    if strides := _far_strides(n, pattern):
        kinds.append(Strides(tiling, pattern, strides, q))
    if globals_ := pattern.globals_within(n):
        kinds.append(Globals(tiling, pattern, globals_, q))
    if pattern.use_landmarks:
        kinds.append(Landmarks(tiling, pattern, q))
    scores = [kind.scores(queries, k) for kind in kinds]
    weights = torch.cat(scores, dim=-1).softmax(dim=-1)
    parts = weights.split([part.shape[-1] for part in scores], dim=-1)
    out = kinds[0].mix(parts[0], v)
    for kind, part in zip(kinds[1:], parts[1:], strict=True):
        out = out + kind.mix(part, v)
    return tiling.rows(out)


@dataclass(frozen=True)
class Tiling:
    """T tokens in `count` tiles of `size`, the last one filled up with zeros."""

    n: int
    kv_heads: int
    size: int

    @classmethod
    def of(cls, n: int, kv_heads: int, pattern: SparseAttentionConfig) -> Tiling:
        """Tiles about as long as a window: half of a product is then of use."""
        size = max(LEAST_TILE, min(pattern.window, MOST_TILE))
        return cls(n, kv_heads, min(size, n))

    @property
    def count(self) -> int:
        """Tiles."""
        return -(-self.n // self.size)

    @property
    def padding(self) -> int:
        """Rows of the last tile that are no tokens."""
        return self.count * self.size - self.n

    def tiles(self, x: Tensor) -> Tensor:
        """`[B, T, Hkv * G, d]` as `[B, tiles, Hkv, C, G, d]`."""
        return in_groups(pad(x, 0, self.padding), self.size, self.kv_heads)

    def rows(self, x: Tensor) -> Tensor:
        """`tiles` taken back."""
        return out_of_groups(x)[:, : self.n]


class Kind(Protocol):
    """One kind of candidates."""

    def scores(self, queries: Tensor, k: Tensor) -> Tensor:
        """`[B, tiles, Hkv, C, G, candidates]`, -inf where a token does not see one.

        Queries are scaled, `[B, tiles, Hkv, C, G, d]`; k is `[B, T, Hkv, d]`.
        """
        ...

    def mix(self, weights: Tensor, v: Tensor) -> Tensor:
        """Weighted sums of v `[B, T, Hkv, d]`: `[B, tiles, Hkv, C, G, d]`."""
        ...


class Near:
    """The window: tiles of queries against the tiles of keys that they reach."""

    def __init__(self, tiling: Tiling, pattern: SparseAttentionConfig, like: Tensor) -> None:
        self._tiling = tiling
        reach = min(pattern.window, tiling.n - 1)
        self._before = -(-reach // tiling.size)
        self._after = 0 if pattern.causal else self._before
        row = torch.arange(tiling.size)[:, None]
        place = torch.arange((self._before + 1 + self._after) * tiling.size)
        distance = place - self._before * tiling.size - row
        seen = (distance >= -reach) & (distance <= (0 if pattern.causal else reach))
        first = torch.arange(tiling.count)[:, None, None] * tiling.size
        key = first + row + distance
        # A row that is no token sees itself, so that its softmax is one.
        real = (key >= 0) & ((key < tiling.n) | (distance == 0))
        self._bias = bias_where(seen & real, like)[None, :, None, :, None, :]

    def scores(self, queries: Tensor, k: Tensor) -> Tensor:
        """By place in the row of tiles."""
        return torch.einsum("bthcgd,bthkd->bthcgk", queries, self._bands(k)) + self._bias

    def mix(self, weights: Tensor, v: Tensor) -> Tensor:
        """The same tiles, weighted."""
        return torch.einsum("bthcgk,bthkd->bthcgd", weights, self._bands(v))

    def _bands(self, x: Tensor) -> Tensor:
        """`[B, tiles, Hkv, band, d]`: every tile's keys or values, zero beyond the sequence."""
        t = self._tiling
        padded = pad(x, self._before * t.size, self._after * t.size + t.padding)
        tiles = padded.unflatten(1, (-1, t.size))
        shifts = range(self._before + 1 + self._after)
        band = torch.cat([tiles[:, shift : shift + t.count] for shift in shifts], dim=2)
        return band.transpose(2, 3)


class Strides:
    """The tokens 1, 2, 4, ... away that are neither in the window nor global."""

    def __init__(
        self, tiling: Tiling, pattern: SparseAttentionConfig, strides: Sequence[int], like: Tensor
    ) -> None:
        self._tiling = tiling
        self._offsets = [-s for s in strides] + ([] if pattern.causal else list(strides))
        token = torch.arange(tiling.count * tiling.size)[:, None] + torch.tensor(self._offsets)
        is_global = torch.isin(token, torch.tensor(pattern.globals_within(tiling.n)))
        seen = (token >= 0) & (token < tiling.n) & ~is_global
        self._bias = bias_where(seen, like).unflatten(0, (-1, tiling.size))[:, None, :, None]

    def scores(self, queries: Tensor, k: Tensor) -> Tensor:
        """By offset."""
        lines = [(queries * other).sum(dim=-1) for other in self._others(k)]
        return torch.stack(lines, dim=-1) + self._bias

    def mix(self, weights: Tensor, v: Tensor) -> Tensor:
        """By offset."""
        lines = zip(weights.unbind(dim=-1), self._others(v), strict=True)
        weight, other = next(lines)
        out = weight[..., None] * other
        for weight, other in lines:
            out = torch.addcmul(out, weight[..., None], other)
        return out

    def _others(self, x: Tensor) -> list[Tensor]:
        """What the tokens see at each offset, `[B, tiles, Hkv, C, 1, d]`."""
        t = self._tiling
        longest = max(abs(offset) for offset in self._offsets)
        padded = pad(x, longest, (longest if max(self._offsets) > 0 else 0) + t.padding)
        length = t.count * t.size
        starts = [longest + offset for offset in self._offsets]
        return [in_groups(padded[:, s : s + length], t.size, x.shape[2]) for s in starts]


class Globals:
    """The tokens that all see, where they are not in the window."""

    def __init__(
        self, tiling: Tiling, pattern: SparseAttentionConfig, tokens: Sequence[int], like: Tensor
    ) -> None:
        self._tokens = list(tokens)
        distance = torch.tensor(self._tokens) - torch.arange(tiling.count * tiling.size)[:, None]
        seen = distance < -pattern.window
        if not pattern.causal:
            seen |= distance > pattern.window
        self._bias = bias_where(seen, like).unflatten(0, (-1, tiling.size))[:, None, :, None]

    def scores(self, queries: Tensor, k: Tensor) -> Tensor:
        """By global token."""
        return torch.einsum("bthcgd,bkhd->bthcgk", queries, k[:, self._tokens]) + self._bias

    def mix(self, weights: Tensor, v: Tensor) -> Tensor:
        """By global token."""
        return torch.einsum("bthcgk,bkhd->bthcgd", weights, v[:, self._tokens])


class Landmarks:
    """Means of blocks: groups of tokens with one pivot block see the same ones."""

    def __init__(self, tiling: Tiling, pattern: SparseAttentionConfig, like: Tensor) -> None:
        self._tiling = tiling
        self._size = min(pattern.block_size, tiling.n + 1)
        # A causal pivot is the last complete block: token i completes one when i+1 is a multiple.
        self._shift = 1 if pattern.causal else 0
        self._count = -(-tiling.n // self._size)
        groups = -(-(self._shift + tiling.n) // self._size)
        self._padding = groups * self._size - self._shift - tiling.n
        offsets = torch.tensor(landmark_offsets(self._count, pattern), dtype=torch.long)
        blocks = (torch.arange(groups) - self._shift)[:, None] + offsets
        self._bias = bias_where((blocks >= 0) & (blocks < self._count), like)[:, None, None, None]
        self._blocks = blocks.clamp(0, self._count - 1)

    def scores(self, queries: Tensor, k: Tensor) -> Tensor:
        """By offset from the pivot."""
        grouped = self._grouped(self._tiling.rows(queries))
        scores = torch.einsum("bthcgd,btkhd->bthcgk", grouped, self._seen(k)) + self._bias
        return self._tiling.tiles(self._ungrouped(scores))

    def mix(self, weights: Tensor, v: Tensor) -> Tensor:
        """The same groups, weighted."""
        grouped = self._grouped(self._tiling.rows(weights))
        mixed = torch.einsum("bthcgk,btkhd->bthcgd", grouped, self._seen(v))
        return self._tiling.tiles(self._ungrouped(mixed))

    def _seen(self, x: Tensor) -> Tensor:
        """`[B, groups, offsets, Hkv, d]`: the means that each group sees."""
        return block_means(x, self._size)[:, self._blocks]

    def _grouped(self, x: Tensor) -> Tensor:
        padded = pad(x, self._shift, self._padding)
        return in_groups(padded, self._size, self._tiling.kv_heads)

    def _ungrouped(self, x: Tensor) -> Tensor:
        return out_of_groups(x)[:, self._shift : self._shift + self._tiling.n]


def block_means(x: Tensor, size: int) -> Tensor:
    """Means of blocks of `size` tokens of `[B, T, H, d]`: `[B, ceil(T / size), H, d]`.

    The last block may be short.
    """
    n = x.shape[1]
    count = -(-n // size)
    tokens = torch.full((count, 1, 1), size, dtype=x.dtype)
    tokens[-1] = n - (count - 1) * size
    return pad(x, 0, count * size - n).unflatten(1, (count, size)).sum(dim=2) / tokens


def bias_where(seen: Tensor, like: Tensor) -> Tensor:
    """0 where `seen`, else -inf."""
    bias = torch.zeros(seen.shape, dtype=like.dtype)
    return bias.masked_fill_(~seen, -math.inf).to(like.device)


def pad(x: Tensor, before: int, after: int) -> Tensor:
    """Zeros before and after the tokens of `[B, T, heads, d]`."""
    return functional.pad(x, (0, 0, 0, 0, before, after)) if before or after else x


def in_groups(x: Tensor, size: int, kv_heads: int) -> Tensor:
    """`[B, groups * size, Hkv * G, d]` as `[B, groups, Hkv, size, G, d]`."""
    return x.unflatten(2, (kv_heads, -1)).unflatten(1, (-1, size)).transpose(2, 3)


def out_of_groups(x: Tensor) -> Tensor:
    """`in_groups` taken back."""
    return x.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def _far_strides(n: int, pattern: SparseAttentionConfig) -> list[int]:
    if not pattern.use_log_stride:
        return []
    return [stride for stride in powers_below(n) if stride > pattern.window]
