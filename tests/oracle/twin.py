"""A plain twin of the oracle: loops over tokens, heads and candidates, in float64.

Written to be read, not to be fast, and sharing no code with `kernels_ref`, so that a mistake in the
one is no mistake in the other. Scores that leave float64 are not its business.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any


@dataclass(frozen=True)
class Pattern:
    """The switches of an attention pattern."""

    window: int
    block: int
    global_tokens: tuple[int, ...] = (0,)
    causal: bool = True
    log_stride: bool = True
    landmarks: bool = True


def token_candidates(i: int, n: int, p: Pattern) -> set[int]:
    """The tokens that token i of n sees."""
    found = set()
    for j in range(n):
        if p.causal and j > i:
            continue
        in_window = abs(i - j) <= p.window
        is_global = j in p.global_tokens
        distance = abs(i - j)
        on_stride = p.log_stride and distance > 0 and distance & (distance - 1) == 0
        if in_window or is_global or on_stride:
            found.add(j)
    return found


def landmark_candidates(i: int, n: int, p: Pattern) -> set[int]:
    """The blocks whose means token i of n sees."""
    if not p.landmarks:
        return set()
    blocks = math.ceil(n / p.block)
    available = (i + 1) // p.block if p.causal else blocks
    if available == 0:
        return set()
    pivot = available - 1 if p.causal else min(i // p.block, blocks - 1)
    found = set(range(max(0, pivot - 1), min(pivot + 1, available - 1) + 1))
    power = 1
    while p.log_stride and power < blocks:
        if pivot - power >= 0:
            found.add(pivot - power)
        if not p.causal and pivot + power < blocks:
            found.add(pivot + power)
        power *= 2
    if not p.causal:
        found.discard(i // p.block)
    return found


def edges(n: int, p: Pattern) -> int:
    """Candidates over all tokens, counted one by one."""
    return sum(len(token_candidates(i, n, p)) + len(landmark_candidates(i, n, p)) for i in range(n))


def landmark(x: Array, block: int, p: Pattern) -> Array:
    """Mean of the tokens of a block of x `[N, H, d]`: `[H, d]`."""
    tokens = x[block * p.block : (block + 1) * p.block]
    return sum(tokens[1:], start=tokens[0]) / len(tokens)


def softmax_mean(q: Array, keys: list[Array], values: list[Array]) -> Array:
    """One query `[d]` over keys and values, each `[d]`."""
    scores = [float(np.sum(q * key)) / math.sqrt(len(q)) for key in keys]
    top = max(scores)
    weights = [math.exp(score - top) for score in scores]
    total = math.fsum(weights)
    return sum(w / total * value for w, value in zip(weights, values, strict=True))


def token_output(
    q: Array, k: Array, v: Array, i: int, p: Pattern, keep: set[int] | None = None
) -> Array:
    """Output `[Hq, d]` of token i; with `keep`, the gated one."""
    n = len(q)
    tokens = sorted(token_candidates(i, n, p))
    if keep is not None:
        tokens = [
            j
            for j in tokens
            if j == i or abs(i - j) <= p.window or j in p.global_tokens or j in keep
        ]
    blocks = sorted(landmark_candidates(i, n, p))
    group = q.shape[1] // k.shape[1]
    rows = []
    for h in range(q.shape[1]):
        kv = h // group
        keys = [k[j, kv] for j in tokens] + [landmark(k, b, p)[kv] for b in blocks]
        values = [v[j, kv] for j in tokens] + [landmark(v, b, p)[kv] for b in blocks]
        rows.append(softmax_mean(q[i, h], keys, values))
    return np.stack(rows)


def sparse(q: Array, k: Array, v: Array, p: Pattern, keep: set[int] | None = None) -> Array:
    """Sparse attention `[N, Hq, d]`."""
    q, k, v = (x.astype(np.float64) for x in (q, k, v))
    return np.stack([token_output(q, k, v, i, p, keep) for i in range(len(q))])


def dense(q: Array, k: Array, v: Array, causal: bool) -> Array:
    """Dense attention `[N, H, d]`."""
    q, k, v = (x.astype(np.float64) for x in (q, k, v))
    out = np.empty_like(q)
    for i in range(len(q)):
        seen = range(i + 1) if causal else range(len(q))
        for h in range(q.shape[1]):
            out[i, h] = softmax_mean(q[i, h], [k[j, h] for j in seen], [v[j, h] for j in seen])
    return out


def evicted(scores: list[float], window: int, global_tokens: tuple[int, ...]) -> int:
    """The token a full cache gives up, by accumulated score."""
    n = len(scores)
    common = [i for i in range(n) if i not in global_tokens]
    unprotected = [i for i in common if i < n - window]
    if unprotected:
        lowest = min(scores[i] for i in unprotected)
        return next(i for i in unprotected if scores[i] == lowest)
    return common[0] if common else 0


def gate_salience(gate: Any, k: Array) -> list[float]:
    """FastGRNN hidden-state norms over the tokens of k `[N, H, d]`."""

    def sigmoid(z: float) -> float:
        return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))

    units = len(gate.b_gate)
    h = [0.0] * units
    norms = []
    for token in k.astype(np.float64):
        x = [math.fsum(token[:, j]) / len(token) for j in range(token.shape[1])]
        new = []
        for u in range(units):
            g = sigmoid(
                sum(float(gate.w_gate[u, j]) * x[j] for j in range(len(x)))
                + sum(float(gate.u_gate[u, j]) * h[j] for j in range(units))
                + float(gate.b_gate[u])
            )
            c = math.tanh(
                sum(float(gate.w_update[u, j]) * x[j] for j in range(len(x)))
                + sum(float(gate.u_update[u, j]) * h[j] for j in range(units))
                + float(gate.b_update[u])
            )
            f = min(1.0, max(0.0, gate.zeta * g + gate.nu))
            new.append(f * h[u] + (1 - f) * c)
        h = new
        norms.append(math.sqrt(sum(value * value for value in h)))
    return norms


def top_k(salience: list[float], count: int) -> set[int]:
    """The `count` largest, the lower index on ties."""
    order = sorted(range(len(salience)), key=lambda i: (-salience[i], i))
    return set(order[:count])


def classify(
    frames: Array, layers: list[dict[str, Array]], wc: Array, p: Pattern, heads: Array, pool: str
) -> Array:
    """Logits of frames `[n, D]`; `heads` is (Hq, Hkv, d). A layer with "w1" has an MLP.

    pool: "last", "mean" or "mean and max".
    """
    q_heads, kv_heads, d = heads
    x = frames.astype(np.float64)
    for w in layers:
        q = np.einsum("nd,de->ne", x, w["wq"].astype(np.float64)).reshape(-1, q_heads, d)
        k = np.einsum("nd,de->ne", x, w["wk"].astype(np.float64)).reshape(-1, kv_heads, d)
        v = np.einsum("nd,de->ne", x, w["wv"].astype(np.float64)).reshape(-1, kv_heads, d)
        a = sparse(q, k, v, p).reshape(len(x), -1)
        x = x + np.einsum("ne,ed->nd", a, w["wo"].astype(np.float64))
        if "w1" in w:
            x = np.array([mlp(token, w) for token in x])
    pooled = list(x[-1] if pool == "last" else x.mean(axis=0))
    if pool == "mean and max":
        pooled += [max(column) for column in x.T]
    return np.einsum("d,dc->c", pooled, wc.astype(np.float64))


def stem(frames: Array, w: dict[str, Array], taps: int) -> Array:
    """Each frame with the MLP over the last ones added, frame by frame."""
    out = []
    for t in range(len(frames)):
        out.append(mlp(frames[t], w, before(frames, t, taps)))
    return np.array(out)


def convolution(frames: Array, w: Array, b: Array, taps: int, stride: int) -> Array:
    """Units of the last frames, at the last frame and every stride before it."""
    out: list[list[float]] = []
    for t in range(len(frames) - 1, -1, -stride):
        read = before(frames, t, taps)
        units = [
            float(b[e]) + sum(read[c] * float(w[c][e]) for c in range(len(read)))
            for e in range(len(b))
        ]
        out.insert(0, [max(unit, 0.0) for unit in units])
    return np.array(out)


def before(frames: Array, t: int, taps: int) -> list[float]:
    """What the last frames up to t hold, the oldest first."""
    read: list[float] = []
    for k in range(taps):
        read += [float(value) for value in frames[max(0, t - taps + 1 + k)]]
    return read


def mlp(x: Array, w: dict[str, Array], read: Array = None) -> list[float]:
    """A token `[D]` and the MLP of it, or of `read`, added a hidden unit at a time."""
    read = x if read is None else read
    out = [float(x[c]) + float(w["b2"][c]) for c in range(len(x))]
    for m in range(len(w["b1"])):
        unit = float(w["b1"][m])
        for c in range(len(read)):
            unit += float(read[c]) * float(w["w1"][c][m])
        if unit > 0:
            for c in range(len(x)):
                out[c] += unit * float(w["w2"][m][c])
    return out


def scaled(frames: Array, scale: Array, offset: Array) -> Array:
    """frames * scale + offset, number by number."""
    return np.array(
        [
            [float(frame[c]) * float(scale[c]) + float(offset[c]) for c in range(len(frame))]
            for frame in frames
        ]
    )
