"""Which tokens and landmarks a token sees, and by which rule: to explain, never to judge.

The oracle decides whether a device is right. This module states the pattern a second time, in plain
loops that give a reason for every candidate, so that a difference can be put into words. The
project's tests compare it with the oracle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kernels_ref import SparseAttentionConfig


@dataclass(frozen=True)
class Variation:
    """A way to get the pattern wrong. The default is the right pattern."""

    window: int = 0  # tokens added to the window's radius
    stride_powers: int = 0  # powers added to the end of every token's log stride
    sequence_powers: int = 0  # powers added to the end of the sequence's log stride
    stride_start: int = 0  # first power of the log stride
    landmark_first: int = 0  # tokens by which every block's first token moves
    landmark_last: int = 0  # tokens by which every block's last token moves
    available: int = 0  # blocks added to the complete ones
    landmark_stride: bool = True  # landmarks at pivot - 2^p
    globals_seen: bool = True
    landmarks_seen: bool = True
    log_stride_seen: bool = True


RIGHT = Variation()


@dataclass
class Pattern:
    """What one token sees: token -> rule, block -> rule, block -> the tokens it averages."""

    tokens: dict[int, str] = field(default_factory=dict)
    landmarks: dict[int, str] = field(default_factory=dict)
    blocks: dict[int, range] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many candidates share the softmax."""
        return len(self.tokens) + len(self.landmarks)

    def weights(self, n: int) -> NDArray[np.float64]:
        """Return each token's share of the output when all scores are equal: [n]."""
        row = np.zeros(n)
        for token in self.tokens:
            row[token] = 1.0
        for block in self.blocks.values():
            for token in block:
                row[token] += 1.0 / len(block)
        return row / max(self.size, 1)


def sight(i: int, n: int, config: SparseAttentionConfig, variation: Variation = RIGHT) -> Pattern:
    """Return what token `i` of `n` sees."""
    seen = Pattern()
    _add_tokens(seen, i, n, config, variation)
    if config.use_landmarks and variation.landmarks_seen:
        _add_landmarks(seen, i, n, config, variation)
    return seen


def uniform_weights(
    n: int, config: SparseAttentionConfig, variation: Variation = RIGHT
) -> NDArray[np.float64]:
    """Return [n, n]: the share of token j in the output of token i when all scores are equal."""
    return np.stack([sight(i, n, config, variation).weights(n) for i in range(n)])


def _add_tokens(
    seen: Pattern, i: int, n: int, config: SparseAttentionConfig, variation: Variation
) -> None:
    window = max(0, config.window + variation.window)
    last = i if config.causal else min(n - 1, i + window)
    for j in range(max(0, i - window), last + 1):
        seen.tokens.setdefault(j, "window")
    if variation.globals_seen:
        for g in config.global_tokens:
            if g < n and not (config.causal and g > i):
                seen.tokens.setdefault(g, "global token")
    if not (config.use_log_stride and variation.log_stride_seen):
        return
    powers = list(_powers(n, variation))
    back = [p for p in powers if i - 2**p >= 0]
    for p in back[: len(back) + variation.stride_powers]:
        seen.tokens.setdefault(i - 2**p, f"{i} - 2^{p}, log stride")
    if not config.causal:
        ahead = [p for p in powers if i + 2**p < n]
        for p in ahead[: len(ahead) + variation.stride_powers]:
            seen.tokens.setdefault(i + 2**p, f"{i} + 2^{p}, log stride")


def _powers(limit: int, variation: Variation) -> Iterator[int]:
    """Exponents p with 2^p < limit, as many as the variation leaves; limit is 1 or more."""
    count = (limit - 1).bit_length() + variation.sequence_powers
    yield from range(variation.stride_start, count)


def _add_landmarks(
    seen: Pattern, i: int, n: int, config: SparseAttentionConfig, variation: Variation
) -> None:
    size = config.block_size
    blocks = -(-n // size)
    if config.causal:
        available = min((i + 1) // size + variation.available, blocks)
        pivot = available - 1  # below 0 where there is no block yet: nothing lies beside it
    else:
        available = blocks
        pivot = i // size  # the token's own block, which it does not see

    rules: dict[int, str] = {}
    for b in range(max(0, pivot - 1), min(pivot + 1, available - 1) + 1):
        rules.setdefault(b, "pivot" if b == pivot else "beside the pivot")
    if config.use_log_stride and variation.landmark_stride:
        for p in _powers(blocks, RIGHT):
            if pivot - 2**p >= 0:
                rules.setdefault(pivot - 2**p, f"pivot {pivot} - 2^{p}, log stride")
            if not config.causal and pivot + 2**p < blocks:
                rules.setdefault(pivot + 2**p, f"pivot {pivot} + 2^{p}, log stride")
    for b, rule in rules.items():
        if b == pivot and not config.causal:
            continue
        first = b * size + variation.landmark_first
        last = min((b + 1) * size - 1 + variation.landmark_last, n - 1)
        if first <= last and first >= 0:
            seen.landmarks[b] = rule
            seen.blocks[b] = range(first, last + 1)
