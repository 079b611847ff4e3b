"""Random patterns and operands, drawn so that what is rare comes up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kernels_ref.pattern import SparseAttentionConfig

Operands = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]


@dataclass(frozen=True)
class Draw:
    """One case: operands q `[N, Hq, d]`, k and v `[N, Hkv, d]` in float64, and a pattern."""

    seed: int

    @property
    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    def pattern(self, n: int) -> SparseAttentionConfig:
        """Windows and blocks from the smallest to beyond the sequence, globals beyond it too."""
        rng = self._rng
        return SparseAttentionConfig(
            window=int(rng.choice([0, 1, 2, 15, 16, 17, 33, n, 10**12])),
            block_size=int(rng.choice([1, 2, 3, 16, 50, n + 1])),
            global_tokens=tuple(int(x) for x in rng.integers(0, n + 20, rng.integers(0, 4))),
            causal=bool(rng.integers(2)),
            use_log_stride=bool(rng.integers(4)),
            use_landmarks=bool(rng.integers(4)),
        )

    def case(self) -> tuple[Operands, SparseAttentionConfig]:
        """Operands and pattern of a sequence of 1 to 199 tokens."""
        rng = np.random.default_rng(self.seed + 1_000_000)
        n, kv_heads, group, d = (int(rng.integers(1, end)) for end in (200, 4, 4, 9))
        return operands(rng, n, kv_heads * group, kv_heads, d), self.pattern(n)


def operands(rng: np.random.Generator, n: int, q_heads: int, kv_heads: int, d: int) -> Operands:
    """Normal numbers: q `[n, q_heads, d]`, k and v `[n, kv_heads, d]`."""
    q = rng.standard_normal((n, q_heads, d))
    k, v = (rng.standard_normal((n, kv_heads, d)) for _ in range(2))
    return q, k, v
