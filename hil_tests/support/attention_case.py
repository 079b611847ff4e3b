"""One attention problem: shape, pattern and inputs, with an id that repeats it exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hil_tests.support.inputs import MAKERS, Float32, Tensors
from kernels_ref import SparseAttentionConfig, sparse_attention


@dataclass(frozen=True)
class AttentionCase:
    """Defaults are small, for the sake of a serial line; a test names what it is about."""

    n: int = 40
    heads: tuple[int, int] = (2, 1)  # query, key/value
    d: int = 4
    window: int = 8
    block: int = 4
    causal: bool = True
    log_stride: bool = True
    landmarks: bool = True
    globals_: tuple[int, ...] = (0,)
    inputs: str = "normal"
    seed: int = 1

    def __str__(self) -> str:
        switches = (
            ("causal" if self.causal else "both")
            + ("" if self.log_stride else "-nostride")
            + ("" if self.landmarks else "-nolandmarks")
            + ("" if self.globals_ == (0,) else "-g" + ".".join(map(str, self.globals_)))
        )
        return (
            f"n{self.n}-h{self.heads[0]}kv{self.heads[1]}-d{self.d}"
            f"-w{self.window}-b{self.block}-{switches}-{self.inputs}-s{self.seed}"
        )

    @property
    def config(self) -> SparseAttentionConfig:
        """The pattern."""
        return SparseAttentionConfig(
            window=self.window,
            block_size=self.block,
            global_tokens=self.globals_,
            causal=self.causal,
            use_log_stride=self.log_stride,
            use_landmarks=self.landmarks,
        )

    @property
    def value_bytes(self) -> int:
        """Bytes of q, k, v and out together."""
        return 4 * self.n * self.d * (2 * self.heads[0] + 2 * self.heads[1])

    def tensors(self) -> Tensors:
        """q [n, Hq, d], k and v [n, Hkv, d], float32, the same at every call."""
        rng = np.random.default_rng([self.seed, self.n, *self.heads, self.d])
        return MAKERS[self.inputs](rng, self.n, *self.heads, self.d)

    def truth(self, tensors: Tensors) -> Float32:
        """The oracle's output in float64: [n, Hq, d]."""
        q, k, v = (x.astype(np.float64) for x in tensors)
        return sparse_attention(q, k, v, self.config)
