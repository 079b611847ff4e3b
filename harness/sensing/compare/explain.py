"""Finds the sentence that names what is wrong with the pattern of a wrong attention.

With q = 0 every candidate has the same weight, and with one-hot values the output *is* the weights.
So a wrong output can be compared with the output of every known mistake in the pattern. The mistake
that predicts the whole output is the cause.
"""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import NDArray

from harness.sensing.compare.pattern import (
    Pattern,
    Variation,
    sight,
    uniform_weights,
)
from kernels_ref import SparseAttentionConfig

Float64 = NDArray[np.float64]

# Weights are multiples of 1/(C·B): two that differ by less than this are the same.
_SAME = 1e-5

_HYPOTHESES: tuple[tuple[str, Variation], ...] = (
    ("the log stride misses its last power", Variation(stride_powers=-1)),
    ("the log stride misses the sequence's last power of two", Variation(sequence_powers=-1)),
    ("the log stride starts at 2^1 instead of 2^0", Variation(stride_start=1)),
    ("there is no log stride", Variation(log_stride_seen=False, landmark_stride=False)),
    ("token candidates have no log stride", Variation(log_stride_seen=False)),
    ("landmarks have no log stride", Variation(landmark_stride=False)),
    ("the window is one token too narrow", Variation(window=-1)),
    ("the window is one token too wide", Variation(window=1)),
    ("global tokens are not seen", Variation(globals_seen=False)),
    ("landmarks are not seen", Variation(landmarks_seen=False)),
    (
        "the landmark means are off by one token, too late",
        Variation(landmark_first=1, landmark_last=1),
    ),
    (
        "the landmark means are off by one token, too early",
        Variation(landmark_first=-1, landmark_last=-1),
    ),
    ("the landmark means leave out their block's last token", Variation(landmark_last=-1)),
    ("the landmark means leave out their block's first token", Variation(landmark_first=1)),
    ("the landmark means hold one token of the next block", Variation(landmark_last=1)),
    ("landmarks become available one block too late", Variation(available=-1)),
    ("landmarks become available one block too early", Variation(available=1)),
)


def explain_uniform(
    observed: NDArray[np.floating], config: SparseAttentionConfig, first: int = 0
) -> str | None:
    """Name what is wrong with observed weights [rows, heads, n], those of tokens `first` and up.

    Returns None when the weights are right.
    """
    seen = np.asarray(observed, np.float64)
    n = seen.shape[2]
    right = uniform_weights(n, config)[first : first + seen.shape[0], None, :]
    if not np.all(np.isfinite(seen)):
        i, h, _ = (int(x) for x in np.argwhere(~np.isfinite(seen))[0])
        return f"token {i + first}, head {h}: the output is not finite although every score is 0"
    wrong = np.abs(seen - right) > _SAME
    if not wrong.any():
        return None
    i, h, _ = (int(x) for x in np.argwhere(wrong)[0])
    token, row = i + first, seen[i, h]
    for cause, variation in _HYPOTHESES:
        predicted = uniform_weights(n, config, variation)[first : first + seen.shape[0], None, :]
        if np.all(np.abs(seen - predicted) <= _SAME):
            return f"{cause}: {_instance(token, n, config, variation)}"
    if abs(row.sum() - 1.0) > _SAME * n:
        return (
            f"the weights of token {token}, head {h} sum to {row.sum():.6g} instead of 1:"
            " the softmax does not normalise over exactly its candidates"
        )
    return _single(row, token, h, n, config)


def _instance(i: int, n: int, config: SparseAttentionConfig, variation: Variation) -> str:
    """What token `i` sees differently under a variation."""
    right, wrong = sight(i, n, config), sight(i, n, config, variation)
    said = [_missing(i, t, rule) for t, rule in right.tokens.items() if t not in wrong.tokens]
    said += [_extra(i, t) for t in wrong.tokens if t not in right.tokens]
    for block, tokens in right.blocks.items():
        if block not in wrong.blocks:
            said.append(_missing_landmark(i, block, right))
        elif wrong.blocks[block] != tokens:
            said.append(
                f"landmark of block {block} averages tokens {_span(wrong.blocks[block])}"
                f" instead of {_span(tokens)}"
            )
    said += [f"token {i} sees landmark {b}" for b in wrong.blocks if b not in right.blocks]
    return "; ".join(said[:3])


def _single(row: Float64, i: int, head: int, n: int, config: SparseAttentionConfig) -> str:
    """Explain one wrong row [n] by one missing or additional candidate."""
    right = sight(i, n, config)
    for token, rule in right.tokens.items():
        without = copy.deepcopy(right)
        del without.tokens[token]
        if np.all(np.abs(without.weights(n) - row) <= _SAME):
            return f"head {head}: {_missing(i, token, rule)}"
    for block in right.blocks:
        without = copy.deepcopy(right)
        del without.landmarks[block], without.blocks[block]
        if np.all(np.abs(without.weights(n) - row) <= _SAME):
            return f"head {head}: {_missing_landmark(i, block, right)}"
    for token in range(n):
        added = copy.deepcopy(right)
        if token not in added.tokens:
            added.tokens[token] = "extra"
            if np.all(np.abs(added.weights(n) - row) <= _SAME):
                return f"head {head}: {_extra(i, token)}"
    share = right.weights(n)
    j = int(np.argmax(np.abs(row - share)))
    rule = right.tokens.get(j, "seen through a landmark" if share[j] else "not a candidate")
    return (
        f"token {i}, head {head} gives token {j} ({rule}) the weight {row[j]:.6g},"
        f" expected {share[j]:.6g} (1/{right.size} per candidate)"
    )


def _missing(i: int, token: int, rule: str) -> str:
    return f"token {i} does not see token {token} ({rule})"


def _extra(i: int, token: int) -> str:
    return f"token {i} sees token {token}, which no rule gives it"


def _missing_landmark(i: int, block: int, right: Pattern) -> str:
    return (
        f"token {i} does not see the landmark of block {block} ({right.landmarks[block]}),"
        f" the mean of tokens {_span(right.blocks[block])}"
    )


def _span(tokens: range) -> str:
    return f"{tokens.start}..{tokens.stop - 1}"
