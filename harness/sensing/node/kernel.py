"""The kernel under test: attention; stream and head are sessions of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from harness.node.memory import ArenaApi, FloatArray
from harness.sensing.structs.kernel import (
    MAX_GLOBALS,
    AttentionArrays,
    AttentionConfig,
    AttentionReply,
    AttentionRequest,
    Kernel,
)


class AttentionConfigLike(Protocol):
    """The oracle's SparseAttentionConfig, or anything with its fields."""

    @property
    def window(self) -> int: ...
    @property
    def block_size(self) -> int: ...
    @property
    def global_tokens(self) -> Sequence[int]: ...
    @property
    def causal(self) -> bool: ...
    @property
    def use_log_stride(self) -> bool: ...
    @property
    def use_landmarks(self) -> bool: ...


@dataclass(frozen=True)
class AttentionResult:
    """out: float32 [N, Hq, d]; edges of one head; cycles in the cycle unit; scratch in bytes."""

    out: FloatArray
    edges: int
    cycles: int
    scratch_bytes: int


def wire_config(config: AttentionConfigLike, kernel: Kernel) -> AttentionConfig:
    """The configuration as a wire struct. Raises ValueError for too many global tokens."""
    tokens = tuple(config.global_tokens)
    if len(tokens) > MAX_GLOBALS:
        raise ValueError(f"{len(tokens)} global tokens; the protocol carries {MAX_GLOBALS}")
    return AttentionConfig(
        window=config.window,
        block_size=config.block_size,
        causal=int(config.causal),
        use_log_stride=int(config.use_log_stride),
        use_landmarks=int(config.use_landmarks),
        n_globals=len(tokens),
        global_tokens=tokens + (0,) * (MAX_GLOBALS - len(tokens)),
        kernel=kernel,
    )


class AttentionApi(ArenaApi):
    """Prefill attention."""

    def attention(
        self,
        q: npt.ArrayLike,
        k: npt.ArrayLike,
        v: npt.ArrayLike,
        config: AttentionConfigLike,
        kernel: Kernel = Kernel.FAST,
    ) -> AttentionResult:
        """q [N, Hq, d], k and v [N, Hkv, d], sent as float32. Raises NodeError for a refusal."""
        arrays = [np.asarray(a, dtype=np.float32) for a in (q, k, v)]
        if any(a.ndim != 3 for a in arrays):
            shapes = ", ".join(str(a.shape) for a in arrays)
            raise ValueError(f"q, k, v have the shapes {shapes}; expected [N, H, d]")
        n_tokens, n_q_heads, head_dim = arrays[0].shape
        plan = self.arena_plan()
        places = AttentionArrays(*(plan.take(a.nbytes) for a in (*arrays, arrays[0])))
        offsets = (places.q_offset, places.k_offset, places.v_offset)
        for offset, values in zip(offsets, arrays, strict=True):
            self.arena_put_floats(offset, values)
        request = AttentionRequest(
            config=wire_config(config, kernel),
            n_tokens=n_tokens,
            n_q_heads=n_q_heads,
            n_kv_heads=arrays[1].shape[1],
            head_dim=head_dim,
            arrays=places,
            scratch_offset=plan.used,
        )
        reply = self._ask(AttentionReply, "attention", request, slow=True)
        out = self.arena_get_floats(places.out_offset, arrays[0].shape)
        return AttentionResult(out, reply.edges, reply.cycles, reply.scratch_bytes)
