"""Which keys a token sees: the configuration of the pattern, and how many candidates it has."""

from __future__ import annotations

import operator
from dataclasses import dataclass

from kernels_ref.errors import InvalidConfig


@dataclass(frozen=True)
class SparseAttentionConfig:
    """The attention pattern.

    Token candidates of a token are its window, the global tokens and the log stride, each counted
    once; landmark candidates are the means of blocks of tokens.

    Attributes:
        window: radius W in tokens. Any size; costs nothing beyond the sequence's length.
        block_size: tokens per landmark, at least 1.
        global_tokens: positions every token sees. Those beyond the sequence are skipped.
        causal: a token sees itself and earlier tokens only.
        use_log_stride: also see the tokens (and landmarks) 1, 2, 4, ... away.
        use_landmarks: also see block means.

    Raises:
        InvalidConfig: for a value that is not possible.
    """

    window: int
    block_size: int
    global_tokens: tuple[int, ...] = (0,)
    causal: bool = True
    use_log_stride: bool = True
    use_landmarks: bool = True

    def __post_init__(self) -> None:
        """Check every field and bring integers and the global tokens into one form."""
        object.__setattr__(self, "window", integer("window", self.window, 0))
        object.__setattr__(self, "block_size", integer("block_size", self.block_size, 1))
        tokens = sorted({integer("global_tokens", token, 0) for token in self.global_tokens})
        object.__setattr__(self, "global_tokens", tuple(tokens))

    def globals_within(self, n: int) -> tuple[int, ...]:
        """The global tokens that a sequence of `n` tokens has, ascending."""
        return tuple(token for token in self.global_tokens if token < n)


def integer(field: str, value: object, least: int) -> int:
    """`value` as a Python integer of at least `least`; InvalidConfig otherwise."""
    expectation = f"an integer of at least {least}"
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise InvalidConfig(field, value, expectation) from None
    if isinstance(value, bool) or number < least:
        raise InvalidConfig(field, value, expectation)
    return number


def powers_below(n: int) -> list[int]:
    """1, 2, 4, ... below `n`."""
    return [1 << p for p in range((n - 1).bit_length())] if n > 1 else []


def edges(n: int, config: SparseAttentionConfig) -> int:
    """Number of candidates over all tokens of a sequence of `n`, without computing attention.

    Counted in closed form: the cost grows with log `n` times the number of global tokens.

    Raises:
        InvalidConfig: when `n` is negative.
    """
    n = integer("n", n, 0)
    return _token_edges(n, config) + (_landmark_edges(n, config) if config.use_landmarks else 0)


def landmark_offsets(blocks: int, config: SparseAttentionConfig) -> list[int]:
    """Distances from a token's pivot block to its landmark candidates, ascending.

    For `blocks` landmarks at most. A causal pattern looks back only and sees its pivot (offset 0,
    a complete block); one that is not looks both ways, but not at the pivot, its own block.
    """
    near = {1} | (set(powers_below(blocks)) if config.use_log_stride else set())
    reach = {offset for offset in near if offset < blocks}
    if config.causal:
        return sorted({0} | {-offset for offset in reach})
    return sorted(reach | {-offset for offset in reach})


def _token_edges(n: int, config: SparseAttentionConfig) -> int:
    window = min(config.window, n)
    tokens = config.globals_within(n)
    directions = 1 if config.causal else 2
    # Pairs (i, i - s) for s = 0..window; the other direction has as many, without s = 0.
    count = n + directions * (window * n - window * (window + 1) // 2) if n else 0
    for token in tokens:
        later = max(0, n - 1 - token - window)
        earlier = 0 if config.causal else max(0, token - window)
        count += later + earlier
    if config.use_log_stride:
        for stride in powers_below(n):
            if stride > window:
                pairs = directions * (n - stride)
                seen = sum(
                    (token + stride < n) + (not config.causal and token >= stride)
                    for token in tokens
                )
                count += pairs - seen
    return count


def _landmark_edges(n: int, config: SparseAttentionConfig) -> int:
    size = min(config.block_size, n + 1)
    blocks = -(-n // size)
    if config.causal:
        return sum(
            _causal_landmarks(n, size, -offset) for offset in landmark_offsets(blocks, config)
        )
    last = n - (blocks - 1) * size  # tokens of the last, maybe short, block
    total = 0
    for offset in landmark_offsets(blocks, config):
        # Pivots that have the block `offset` away: all but the first (or last) |offset| ones.
        pivots = blocks - abs(offset)
        tokens = pivots * size
        total += tokens if offset > 0 else tokens - size + last
    return total


def _causal_landmarks(n: int, size: int, distance: int) -> int:
    """Tokens with a complete block `distance` before their pivot: from (distance+1) blocks on."""
    return max(0, n - (size * (distance + 1) - 1))
