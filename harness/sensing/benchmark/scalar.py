"""Sparse and dense attention of one head as scalar loops, for comparing their work by the clock.

The time of a loop over scalars is proportional to the number of multiplications, as in plain
compiled code. In numpy it is not: a call costs as much as some thousand multiplications. Both
functions run the same code over the candidates of a token and differ only in which these are.
"""

from __future__ import annotations

import math
from operator import mul
from typing import TypeAlias

from kernels_ref import SparseAttentionConfig

Row: TypeAlias = list[float]


def dense(q: list[Row], k: list[Row], v: list[Row]) -> list[Row]:
    """Causal dense attention; q, k and v are `[N][d]`."""
    return [_attend(q[i], k[: i + 1], v[: i + 1]) for i in range(len(q))]


def sparse(q: list[Row], k: list[Row], v: list[Row], config: SparseAttentionConfig) -> list[Row]:
    """Sparse attention with a causal pattern, every switch on; q, k and v are `[N][d]`."""
    size = config.block_size
    starts = range(0, len(k) - size + 1, size)
    mean_k = [_mean(k[start : start + size]) for start in starts]
    mean_v = [_mean(v[start : start + size]) for start in starts]
    out = []
    for i in range(len(q)):
        window = slice(max(0, i - config.window), i + 1)
        far = _far_tokens(i, window.start, config.global_tokens)
        blocks = _blocks((i + 1) // size)
        keys = [k[j] for j in far] + [mean_k[b] for b in blocks] + k[window]
        values = [v[j] for j in far] + [mean_v[b] for b in blocks] + v[window]
        out.append(_attend(q[i], keys, values))
    return out


def _attend(q: Row, keys: list[Row], values: list[Row]) -> Row:
    scale = 1 / math.sqrt(len(q))
    scores = [sum(map(mul, q, key)) * scale for key in keys]
    top = max(scores)
    weights = [math.exp(score - top) for score in scores]
    total = sum(weights)
    out = [0.0] * len(q)
    for weight, value in zip(weights, values, strict=True):
        share = weight / total
        out = [have + share * x for have, x in zip(out, value, strict=True)]
    return out


def _mean(rows: list[Row]) -> Row:
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def _far_tokens(i: int, first: int, global_tokens: tuple[int, ...]) -> list[int]:
    """Global and log-stride tokens of token i that lie before its window, which starts at first."""
    tokens = [token for token in global_tokens if token < first]
    stride = 1
    while stride <= i:
        if i - stride < first and i - stride not in global_tokens:
            tokens.append(i - stride)
        stride *= 2
    return tokens


def _blocks(complete: int) -> list[int]:
    """Landmarks of a token with so many complete blocks up to it."""
    blocks = [complete - 1] if complete else []
    offset = 1
    while offset < complete:
        blocks.append(complete - 1 - offset)
        offset *= 2
    return blocks
