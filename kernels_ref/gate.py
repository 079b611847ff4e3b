"""FastGRNN salience: which tokens of a long window far tokens should see.

Per token with features x (the mean of its keys over heads) and hidden state h:
g = sigmoid(Wg x + Ug h + bg), c = tanh(Wu x + Uu h + bu), f = clamp(zeta g + nu, 0, 1),
h <- f*h + (1-f)*c. The token's salience is the Euclidean norm of h.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kernels_ref.errors import ShapeMismatch
from kernels_ref.pattern import SparseAttentionConfig, integer
from kernels_ref.sparse import attend
from kernels_ref.tensors import Tensor, attention_operands, floating, require_finite, require_shape

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FastGrnnGate:
    """The gate's weights, for keys of `d` values and `m` hidden units.

    Attributes:
        w_gate: `[m, d]`, Wg.
        u_gate: `[m, m]`, Ug.
        b_gate: `[m]`, bg.
        w_update: `[m, d]`, Wu.
        u_update: `[m, m]`, Uu.
        b_update: `[m]`, bu.
        zeta: scale of the gate.
        nu: offset of the gate.

    Raises:
        UnsupportedDtype, ShapeMismatch, NonFinite: for a weight.
    """

    w_gate: Tensor
    u_gate: Tensor
    b_gate: Tensor
    w_update: Tensor
    u_update: Tensor
    b_update: Tensor
    zeta: float
    nu: float

    def __post_init__(self) -> None:
        """Check the weights against each other."""
        w_gate = floating("w_gate", self.w_gate)
        if w_gate.ndim != 2 or 0 in w_gate.shape:
            raise ShapeMismatch("w_gate", w_gate.shape, "[m, d] with m and d of at least 1")
        m, d = w_gate.shape
        shapes = {
            "w_gate": (m, d),
            "u_gate": (m, m),
            "b_gate": (m,),
            "w_update": (m, d),
            "u_update": (m, m),
            "b_update": (m,),
        }
        for name, shape in shapes.items():
            array = floating(name, getattr(self, name))
            require_shape(name, array, shape, "to match w_gate")
            require_finite(name, array)
        require_finite("zeta and nu", np.array([self.zeta, self.nu]))

    @property
    def units(self) -> int:
        """Hidden units m."""
        return len(self.b_gate)

    def score(self, k: npt.ArrayLike) -> Tensor:
        """Salience `[N]` of every token of k `[N, Hkv, d]`, in k's type or float32 if that is more.

        The recurrence runs token by token; all that does not depend on the hidden state is computed
        for all tokens at once.

        Raises:
            UnsupportedDtype, ShapeMismatch, NonFinite: for k.
            NonFinite: for a salience, when a sum that leads to it overflows.
        """
        salience, _ = self.advance(k, None)
        return salience

    def advance(self, k: npt.ArrayLike, hidden: Tensor | None) -> tuple[Tensor, Tensor]:
        """Salience `[N]` of the tokens of k after `hidden` `[m]` (None: the start), and the next.

        Errors as `score`.
        """
        k = floating("k", k)
        d = self.w_gate.shape[1]
        if k.ndim != 3 or k.shape[1] == 0 or k.shape[2] != d:
            raise ShapeMismatch("k", k.shape, f"[N, Hkv, {d}] to match the gate")
        require_finite("k", k)
        compute = np.result_type(k, np.float32)
        x = (k.astype(compute) / compute.type(k.shape[1])).sum(axis=1)
        stack = np.concatenate([self.w_gate, self.w_update]).astype(compute)
        bias = np.concatenate([self.b_gate, self.b_update]).astype(compute)
        recurrent = np.concatenate([self.u_gate, self.u_update]).astype(compute)
        with np.errstate(over="ignore", invalid="ignore"):
            drives = x @ stack.T + bias
            h = np.zeros(self.units, compute) if hidden is None else hidden.astype(compute)
            states = np.empty((len(x), self.units), compute)
            for i, drive in enumerate(drives):
                drive += recurrent @ h
                h = states[i] = self._next(h, drive)
            salience = np.sqrt((states * states).sum(axis=1))
        # The sign of a sum that overflowed is not defined: its tanh would be finite, and wrong.
        require_finite("salience", np.where(np.isfinite(drives).all(axis=1), salience, np.nan))
        return salience, h

    def _next(self, h: Tensor, drive: Tensor) -> Tensor:
        half = drive.dtype.type(0.5)
        gate = half * (1 + np.tanh(half * drive[: self.units]))  # the logistic function
        update = np.tanh(drive[self.units :])
        forget = np.clip(self.zeta * gate + self.nu, 0, 1).astype(drive.dtype)
        return np.asarray(forget * h + (1 - forget) * update)

    @staticmethod
    def keep_top_k(salience: npt.ArrayLike, top_k: int) -> Mask:
        """Flags `[N]` of the `top_k` most salient tokens, the lower index on ties.

        Raises:
            NonFinite, ShapeMismatch, InvalidConfig: for a salience, its rank, or `top_k`.
        """
        salience = np.asarray(salience, dtype=np.float64)
        if salience.ndim != 1:
            raise ShapeMismatch("salience", salience.shape, "[N]")
        require_finite("salience", salience)
        count = min(integer("top_k", top_k, 0), len(salience))
        keep = np.zeros(len(salience), dtype=np.bool_)
        keep[np.argsort(-salience, kind="stable")[:count]] = True
        return keep


def gated_attention(
    q: npt.ArrayLike,
    k: npt.ArrayLike,
    v: npt.ArrayLike,
    config: SparseAttentionConfig,
    keep: npt.ArrayLike,
) -> Tensor:
    """Sparse attention without the far tokens that were not kept.

    A token candidate stays when it is the token itself, in its window, global, or kept. Landmarks
    are not gated. There is one keep set for the whole window, so an early output depends on later
    tokens. That is right for classifying a window and wrong for streaming (`StreamingKeepSet`).

    Args:
        q: `[N, Hq, d]`.
        k: `[N, Hkv, d]`.
        v: `[N, Hkv, d]`.
        config: the pattern.
        keep: a flag per token `[N]`, from `FastGrnnGate.keep_top_k`.

    Returns:
        `[N, Hq, d]` in q's type.

    Raises:
        UnsupportedDtype, ShapeMismatch, NonFinite: as the names say.
    """
    q, k, v = attention_operands(q, k, v)
    flags = np.asarray(keep)
    if flags.dtype != np.bool_ or flags.shape != (len(q),):
        raise ShapeMismatch(
            "keep", flags.shape, f"[{len(q)}] flags of type bool, not {flags.dtype}"
        )
    return attend(q, k, v, config, flags)


class StreamingKeepSet:
    """The keep set of a stream, for `decode_step`: the `top_k` most salient tokens so far."""

    def __init__(self, gate: FastGrnnGate, top_k: int) -> None:
        self._gate = gate
        self._top_k = integer("top_k", top_k, 0)
        self._hidden: Tensor | None = None
        self._seen = 0
        self._ranked: list[tuple[float, int]] = []  # (salience, -index): the first one goes first

    def push(self, k: npt.ArrayLike) -> frozenset[int]:
        """Take in the next token's key `[1, Hkv, d]` and return the tokens kept now.

        Raises:
            UnsupportedDtype, ShapeMismatch, NonFinite: as `FastGrnnGate.score`; nothing changes.
        """
        k = floating("k", k)
        require_shape("k", k, (1, *k.shape[1:]), "one token a step")
        salience, self._hidden = self._gate.advance(k, self._hidden)
        heapq.heappush(self._ranked, (float(salience[0]), -self._seen))
        self._seen += 1
        if len(self._ranked) > self._top_k:
            heapq.heappop(self._ranked)
        return frozenset(-index for _, index in self._ranked)
