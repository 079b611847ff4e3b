"""Streaming: a KV cache on the node, one token at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from harness.node.memory import ArenaApi, FloatArray
from harness.sensing.node.kernel import AttentionConfigLike, wire_config
from harness.sensing.structs.kernel import (
    AttentionArrays,
    CacheDtype,
    Kernel,
    StreamEvict,
    StreamEvictRequest,
    StreamOpenRequest,
    StreamStep,
    StreamStepRequest,
)

_TOKENS_AT_A_TIME = 64


class StreamSession:
    """An open stream. `step_result` is the sum of the last `steps`; None before the first."""

    def __init__(
        self,
        node: ArenaApi,
        config: AttentionConfigLike,
        heads: tuple[int, int],
        head_dim: int,
        capacity: int,
        dtype: CacheDtype,
        kernel: Kernel,
    ) -> None:
        self._node = node
        self._q_heads, self._kv_heads = heads
        self._head_dim = head_dim
        self.step_result: StreamStep | None = None
        plan = node.arena_plan()
        q_bytes, kv_bytes = (4 * _TOKENS_AT_A_TIME * h * head_dim for h in heads)
        self._arrays = AttentionArrays(*map(plan.take, (q_bytes, kv_bytes, kv_bytes, q_bytes)))
        self._scores = plan.take(4 * capacity)
        request = StreamOpenRequest(
            config=wire_config(config, kernel),
            capacity=capacity,
            n_q_heads=self._q_heads,
            n_kv_heads=self._kv_heads,
            head_dim=head_dim,
            dtype=dtype,
            memory_offset=plan.used,
        )
        node.request("stream_open", request)

    def steps(self, q: npt.ArrayLike, k: npt.ArrayLike, v: npt.ArrayLike) -> FloatArray:
        """Appends n tokens, q [n, Hq, d], k and v [n, Hkv, d]; returns out [done, Hq, d].

        A refused step ends it without an exception: `step_result` has its error.
        """
        queries, keys, values = (np.asarray(a, dtype=np.float32) for a in (q, k, v))
        outs: list[FloatArray] = []
        done = 0
        for start in range(0, len(queries), _TOKENS_AT_A_TIME):
            part = slice(start, start + _TOKENS_AT_A_TIME)
            result, out = self._some_steps(queries[part], keys[part], values[part])
            outs.append(out)
            done += result.done
            self.step_result = StreamStep(
                done, result.cache_len, result.error, result.cache_crc, result.cycles
            )
            if result.error:
                break
        shape = (0, self._q_heads, self._head_dim)
        return np.concatenate(outs) if outs else np.empty(shape, np.float32)

    def _some_steps(
        self, q: FloatArray, k: FloatArray, v: FloatArray
    ) -> tuple[StreamStep, FloatArray]:
        self._node.arena_put_floats(self._arrays.q_offset, q)
        self._put_kv(k, v)
        result = self._step(len(q))
        shape = (result.done, self._q_heads, self._head_dim)
        return result, self._node.arena_get_floats(self._arrays.out_offset, shape)

    def steps_again(self, count: int) -> StreamStep:
        """Appends the first `count` tokens of the last piece once more: they are in the arena."""
        self.step_result = self._step(count)
        return self.step_result

    def _step(self, count: int) -> StreamStep:
        request = StreamStepRequest(count, self._arrays)
        return StreamStep.parse(self._node.request("stream_step", request, slow=True))

    def _put_kv(self, k: npt.ArrayLike, v: npt.ArrayLike) -> None:
        self._node.arena_put_floats(self._arrays.k_offset, k)
        self._node.arena_put_floats(self._arrays.v_offset, v)

    def evict(self, k: npt.ArrayLike, v: npt.ArrayLike, scores: npt.ArrayLike) -> StreamEvict:
        """H2O: evicts the lightest token and appends k, v [Hkv, d]; scores [cache_len]."""
        self._put_kv(k, v)
        self._node.arena_put_floats(self._scores, scores)
        arrays = self._arrays
        request = StreamEvictRequest(arrays.k_offset, arrays.v_offset, self._scores)
        return StreamEvict.parse(self._node.request("stream_evict", request, slow=True))

    def reset(self) -> None:
        """Empties the cache."""
        self._node.request("stream_reset")
        self.step_result = None


class StreamApi(ArenaApi):
    """Opens streams."""

    @contextmanager
    def stream(
        self,
        config: AttentionConfigLike,
        q_heads: int,
        kv_heads: int,
        head_dim: int,
        capacity: int,
        dtype: npt.DTypeLike = np.float32,
        kernel: Kernel = Kernel.FAST,
    ) -> Iterator[StreamSession]:
        """A stream over a cache of `capacity` tokens, float32 or float16.

        The node has one stream at a time; it stays open until the next is opened, or `restore`.
        """
        kind = CacheDtype.FLOAT16 if np.dtype(dtype) == np.float16 else CacheDtype.FLOAT32
        yield StreamSession(self, config, (q_heads, kv_heads), head_dim, capacity, kind, kernel)
