"""Random operands and patterns for the tests of the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from kernels_ref import SparseAttentionConfig
from tests.oracle import twin

LARGEST_INTEGER = 2**63 - 1


def operands(
    n: int,
    q_heads: int = 2,
    kv_heads: int = 2,
    d: int = 4,
    dtype: Any = np.float64,
    seed: int = 0,
    scale: float = 1.0,
) -> tuple[Any, Any, Any]:
    """Normal q `[n, q_heads, d]`, k and v `[n, kv_heads, d]`."""
    rng = np.random.default_rng([seed, n, q_heads, kv_heads, d])
    shapes = ((n, q_heads, d), (n, kv_heads, d), (n, kv_heads, d))
    q, k, v = (rng.standard_normal(shape) * scale for shape in shapes)
    return q.astype(dtype), k.astype(dtype), v.astype(dtype)


def twin_of(config: SparseAttentionConfig) -> twin.Pattern:
    """The same pattern in the twin's words."""
    return twin.Pattern(
        config.window,
        config.block_size,
        config.global_tokens,
        config.causal,
        config.use_log_stride,
        config.use_landmarks,
    )


@st.composite
def patterns(draw: st.DrawFn, causal: bool | None = None) -> SparseAttentionConfig:
    """Any pattern, sizes around those of the sequences it is drawn with."""
    size = st.one_of(st.integers(0, 12), st.sampled_from([31, 32, 33, LARGEST_INTEGER]))
    return SparseAttentionConfig(
        window=draw(size),
        block_size=max(1, draw(size)),
        global_tokens=tuple(draw(st.lists(st.integers(0, 45), max_size=4))),
        causal=draw(st.booleans()) if causal is None else causal,
        use_log_stride=draw(st.booleans()),
        use_landmarks=draw(st.booleans()),
    )
