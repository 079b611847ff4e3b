"""A cache and the steps over it, without a node between: memory to the byte, and every refusal."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.compare import Labels, compare
from harness.sensing.compare.budget import attention_budget
from harness.sensing.kernel_library import _Config
from harness.sensing.structs.kernel import Kernel
from kernels_ref import KvCache, SparseAttentionConfig, decode_step

OK, INVALID_ARG, INVALID_SIZE = 0, 0x102, 0x104
NO_MEM, INVALID_STATE, NOT_SUPPORTED = 0x101, 0x103, 0x106
F32, F16 = 0, 1
NONE = 2**32 - 1
GUARD = 0xA5
GUARD_BYTES = 64
HALF_MAX = 65504.0

Float32 = NDArray[np.float32]


class CacheStruct(ctypes.Structure):
    """ruv_kv_cache_t."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("keys", "values")),
        *((name, ctypes.c_void_p) for name in ("block_keys", "block_values", "open_sums")),
        *((name, ctypes.c_uint32) for name in ("capacity", "n_kv_heads", "head_dim")),
        *((name, ctypes.c_uint32) for name in ("block_size", "len")),
        ("dtype", ctypes.c_int),
    )


class Guarded:
    """Memory of exactly so many bytes at an odd address, with bytes around it that stay. What lies
    in it is no number: whoever reads before he writes is found."""

    def __init__(self, size: int) -> None:
        self._bytes = np.full(size + 2 * GUARD_BYTES + 1, GUARD, np.uint8)
        self._bytes[GUARD_BYTES + 1 : GUARD_BYTES + 1 + size] = 0xFF
        self._size = size

    @property
    def address(self) -> int:
        return self._bytes.ctypes.data + GUARD_BYTES + 1

    def check(self) -> None:
        before, after = self._bytes[: GUARD_BYTES + 1], self._bytes[GUARD_BYTES + 1 + self._size :]
        assert (before == GUARD).all() and (after == GUARD).all(), "memory was left"


@dataclass
class Stream:
    """A cache in memory that it fits to the byte, the oracle's beside it, and steps over both."""

    functions: ctypes.CDLL
    config: SparseAttentionConfig
    capacity: int = 40
    heads: tuple[int, int] = (4, 2)
    d: int = 6
    dtype: int = F32
    kernel: int = 0
    seed: int = 1
    struct: CacheStruct = field(default_factory=CacheStruct)

    def __post_init__(self) -> None:
        size = ctypes.c_size_t()
        shape = (self.capacity, self.heads[1], self.d, self.config.block_size, self.dtype)
        assert self.functions.ruv_kv_cache_bytes(*shape, ctypes.byref(size)) == OK
        self.memory = Guarded(size.value)
        where = (ctypes.c_void_p(self.memory.address), size)
        assert self.functions.ruv_kv_cache_init(self.at, *shape, *where) == OK
        scratch = ctypes.c_size_t()
        sizes = (self.heads[0], self.d, self.capacity, ctypes.byref(scratch))
        assert (
            self.functions.ruv_attention_step_scratch_bytes(ctypes.byref(self.c_config), *sizes)
            == OK
        )
        self.scratch_bytes = scratch.value
        self.scratch = Guarded(scratch.value)
        self.out = np.full((1, self.heads[0], self.d), np.nan, np.float32)
        kind = np.float16 if self.dtype == F16 else np.float32
        self.oracle = KvCache(self.capacity, self.heads[1], self.d, self.config.block_size, kind)
        self.rng = np.random.default_rng(self.seed)

    @property
    def at(self) -> object:
        return ctypes.byref(self.struct)

    @property
    def c_config(self) -> _Config:
        tokens = self.config.global_tokens
        listed = (ctypes.c_uint32 * max(1, len(tokens)))(*tokens)
        c = self.config
        switches = (c.causal, c.use_log_stride, c.use_landmarks, self.kernel)
        return _Config(c.window, c.block_size, listed, len(tokens), *switches)

    def token(self) -> tuple[Float32, Float32, Float32]:
        """q [1, Hq, d], k and v [1, Hkv, d]."""
        q, k, v = (
            self.rng.standard_normal((1, heads, self.d)).astype(np.float32)
            for heads in (self.heads[0], self.heads[1], self.heads[1])
        )
        return q, k, v

    def append(self, k: Float32, v: Float32) -> int:
        return int(self.functions.ruv_kv_cache_append(self.at, address(k), address(v)))

    def evict(self, k: Float32, v: Float32, scores: Float32) -> tuple[int, int]:
        """The error, and which was dropped."""
        evicted = ctypes.c_uint32(7)
        error = self.functions.ruv_kv_cache_evict_and_append(
            self.at,
            address(k),
            address(v),
            address(scores),
            ctypes.byref(self.c_config),
            ctypes.byref(evicted),
        )
        return error, evicted.value

    def step(self, q: Float32, k: Float32, v: Float32) -> int:
        return int(
            self.functions.ruv_attention_step(
                ctypes.byref(self.c_config),
                self.heads[0],
                *(address(x) for x in (q, k, v)),
                self.at,
                address(self.out),
                *self.scratch_place,
            )
        )

    def decode(self, q: Float32) -> int:
        return int(
            self.functions.ruv_attention_decode(
                ctypes.byref(self.c_config),
                self.heads[0],
                address(q),
                self.at,
                address(self.out),
                *self.scratch_place,
            )
        )

    @property
    def scratch_place(self) -> tuple[ctypes.c_void_p, ctypes.c_size_t]:
        return ctypes.c_void_p(self.scratch.address), ctypes.c_size_t(self.scratch_bytes)

    def compare(self, q: Float32) -> None:
        """The last output with the oracle's, and nothing written beside what was given."""
        truth = decode_step(q.astype(np.float64), self.oracle, self.config)
        labels = Labels(f"token {len(self.oracle)}", ("token", "head", "value"))
        compare(self.out, truth, attention_budget(self.oracle.values), labels)
        self.memory.check()
        self.scratch.check()

    @property
    def len(self) -> int:
        return int(self.functions.ruv_kv_cache_len(self.at))


def address(array: NDArray[np.generic] | None) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data if array is not None else None)


CONFIGS = {
    "default": SparseAttentionConfig(window=5, block_size=4),
    "narrow": SparseAttentionConfig(window=0, block_size=1, global_tokens=()),
    "wide": SparseAttentionConfig(window=100, block_size=7, global_tokens=(0, 3)),
    "tokens only": SparseAttentionConfig(window=3, block_size=4, use_landmarks=False),
    "near landmarks": SparseAttentionConfig(window=3, block_size=3, use_log_stride=False),
}


@pytest.mark.parametrize("dtype", [F32, F16], ids=["f32", "f16"])
@pytest.mark.parametrize("kernel", Kernel, ids=lambda kernel: kernel.name.lower())
@pytest.mark.parametrize("name", CONFIGS)
def test_every_step_is_the_oracles(
    functions: ctypes.CDLL, name: str, kernel: Kernel, dtype: int
) -> None:
    stream = Stream(functions, CONFIGS[name], kernel=int(kernel), dtype=dtype)
    for done in range(1, stream.capacity + 1):
        q, k, v = stream.token()
        stream.oracle.append(k, v)
        assert stream.step(q, k, v) == OK
        assert stream.len == done
        stream.compare(q)
        stream.out[:] = np.nan
        assert stream.decode(q) == OK
        stream.compare(q)
    q, k, v = stream.token()
    stream.out[:] = 7
    assert stream.step(q, k, v) == NO_MEM and (stream.out == 7).all()
    assert stream.append(k, v) == NO_MEM and stream.len == stream.capacity


@pytest.mark.parametrize("dtype", [F32, F16], ids=["f32", "f16"])
@pytest.mark.parametrize("name", CONFIGS)
def test_whom_a_full_cache_gives_up(functions: ctypes.CDLL, name: str, dtype: int) -> None:
    """Scores of a few values, so that there are ties; more tokens than fit, several times over."""
    stream = Stream(functions, CONFIGS[name], capacity=13, dtype=dtype)
    for _ in range(60):
        q, k, v = stream.token()
        scores = stream.rng.integers(0, 4, len(stream.oracle)).astype(np.float32)
        expected = stream.oracle.evict_and_append(k, v, scores, stream.config)
        error, evicted = stream.evict(k, v, scores)
        assert error == OK and evicted == (NONE if expected is None else expected)
        assert stream.len == len(stream.oracle)
        assert stream.decode(q) == OK
        stream.compare(q)


def test_the_oldest_goes_where_all_are_protected(functions: ctypes.CDLL) -> None:
    """First the oldest that is no global token; where all are global, the oldest."""
    for tokens, expected in (((0, 1), 2), ((0, 1, 2, 3), 0), ((), 0), ((1,), 0), ((0, 2), 1)):
        config = SparseAttentionConfig(window=9, block_size=2, global_tokens=tokens)
        stream = Stream(functions, config, capacity=4)
        for _ in range(4):
            _, k, v = stream.token()
            assert stream.append(k, v) == OK
        _, k, v = stream.token()
        assert stream.evict(k, v, np.array([3, 2, 1, 0], np.float32)) == (OK, expected)


def test_a_cache_that_was_reset_begins_anew(functions: ctypes.CDLL) -> None:
    stream = Stream(functions, CONFIGS["default"])
    for _ in range(9):
        assert stream.step(*stream.token()) == OK
    functions.ruv_kv_cache_reset(stream.at)
    assert stream.len == 0 and stream.decode(stream.token()[0]) == INVALID_STATE
    for _ in range(9):
        q, k, v = stream.token()
        stream.oracle.append(k, v)
        assert stream.step(q, k, v) == OK
        stream.compare(q)
    functions.ruv_kv_cache_reset(None)
    assert functions.ruv_kv_cache_len(None) == 0


def full(stream: Stream, value: float) -> Float32:
    return np.full((1, stream.heads[1], stream.d), value, np.float32)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(functions: ctypes.CDLL, value: float) -> None:
    stream = Stream(functions, CONFIGS["default"], capacity=3)
    assert stream.step(*stream.token()) == OK
    for which in range(3):
        token = stream.token()
        token[which][0, -1, -1] = value
        assert stream.step(*token) == INVALID_ARG and stream.len == 1
        if which == 0:
            assert stream.decode(token[0]) == INVALID_ARG
            continue
        assert stream.append(*token[1:]) == INVALID_ARG and stream.len == 1
        assert stream.evict(*token[1:], np.zeros(1, np.float32)) == (INVALID_ARG, 7)
    _, k, v = stream.token()
    assert stream.evict(k, v, np.array([value], np.float32)) == (INVALID_ARG, 7)
    assert stream.len == 1


@pytest.mark.parametrize("value", [HALF_MAX, -HALF_MAX])
def test_what_a_half_cannot_hold_is_refused(functions: ctypes.CDLL, value: float) -> None:
    stream = Stream(functions, CONFIGS["default"], dtype=F16)
    wide = Stream(functions, CONFIGS["default"], dtype=F32)
    for which in range(2):
        token = [full(stream, 1), full(stream, 1)]
        token[which][0, -1, -1] = value
        assert stream.append(*token) == OK
        token[which][0, -1, -1] = np.nextafter(np.float32(value), np.float32(2 * value))
        assert stream.append(*token) == INVALID_ARG
        assert wide.append(*token) == OK


def test_means_beyond_the_range_are_formed_wide(functions: ctypes.CDLL) -> None:
    """The sum of a block's values is beyond float32, their mean is not."""
    config = SparseAttentionConfig(window=0, block_size=4, global_tokens=(), use_log_stride=False)
    stream = Stream(functions, config)
    for _ in range(12):
        q, k, v = full(stream, 0), full(stream, 0), full(stream, 3e38)
        q = np.zeros((1, stream.heads[0], stream.d), np.float32)
        stream.oracle.append(k, v)
        assert stream.step(q, k, v) == OK
        stream.compare(q)


def test_a_landmark_is_as_exact_as_its_rows(functions: ctypes.CDLL) -> None:
    """A thousand equal values beside a large one: a plain sum of float32 would lose them."""
    for dtype, large in ((F32, 1e4), (F16, 2e3)):
        config = SparseAttentionConfig(
            window=0, block_size=1000, global_tokens=(), use_log_stride=False
        )
        stream = Stream(functions, config, capacity=2000, heads=(1, 1), d=3, dtype=dtype)
        value = np.float32(np.float16(0.3))
        for n in range(1000):
            k, v = full(stream, 0), full(stream, float(value) if n else large)
            stream.oracle.append(k, v)
            assert stream.append(k, v) == OK
        means = np.ctypeslib.as_array(
            ctypes.cast(stream.struct.block_values, ctypes.POINTER(ctypes.c_float)), (1, 1, 3)
        )
        truth = (large + 999 * float(value)) / 1000
        assert np.allclose(means, truth, rtol=2e-7, atol=0)
        assert np.allclose(stream.oracle.landmark_values, truth, rtol=1e-6, atol=0)


SHAPE = {"capacity": 4, "heads": 2, "d": 3, "block": 2, "dtype": F32}
BAD_SHAPES = [
    ({"capacity": 0}, INVALID_SIZE),
    ({"heads": 0}, INVALID_SIZE),
    ({"d": 0}, INVALID_SIZE),
    ({"block": 0}, INVALID_ARG),
    ({"dtype": 2}, INVALID_ARG),
    ({"capacity": NONE, "heads": NONE}, INVALID_SIZE),
    ({"capacity": NONE, "d": NONE}, INVALID_SIZE),
    ({"heads": NONE, "d": NONE, "capacity": 1}, INVALID_SIZE),
]


@pytest.mark.parametrize(("change", "expected"), BAD_SHAPES, ids=str)
def test_a_cache_that_cannot_be_is_refused(
    functions: ctypes.CDLL, change: dict[str, int], expected: int
) -> None:
    shape = tuple((SHAPE | change).values())
    size, struct = ctypes.c_size_t(7), CacheStruct(len=5)
    assert functions.ruv_kv_cache_bytes(*shape, ctypes.byref(size)) == expected
    assert size.value == 7
    memory = Guarded(1000)
    where = (ctypes.c_void_p(memory.address), ctypes.c_size_t(1000))
    assert functions.ruv_kv_cache_init(ctypes.byref(struct), *shape, *where) == expected
    assert struct.len == 5


def test_memory_that_is_too_small_is_refused(functions: ctypes.CDLL) -> None:
    shape, size, struct = tuple(SHAPE.values()), ctypes.c_size_t(), CacheStruct(len=5)
    assert functions.ruv_kv_cache_bytes(*shape, None) == INVALID_ARG
    assert functions.ruv_kv_cache_bytes(*shape, ctypes.byref(size)) == OK
    # 4 rows of keys and values, 2 of landmarks each, 4 of sums, each buffer in whole eights
    row = 4 * 2 * 3
    assert size.value == 2 * 4 * row + 2 * 2 * row + 4 * row + 7
    memory = Guarded(size.value)
    where = ctypes.c_void_p(memory.address)
    less, enough = ctypes.c_size_t(size.value - 1), ctypes.c_size_t(size.value)
    at = ctypes.byref(struct)
    assert functions.ruv_kv_cache_init(at, *shape, where, less) == INVALID_SIZE
    assert functions.ruv_kv_cache_init(None, *shape, where, enough) == INVALID_ARG
    assert functions.ruv_kv_cache_init(at, *shape, None, enough) == INVALID_ARG
    assert struct.len == 5
    assert functions.ruv_kv_cache_init(at, *shape, where, enough) == OK
    assert struct.len == 0


def bad_steps() -> dict[str, tuple[Callable[[list[object]], None], int]]:
    """What is changed of a step's arguments, and what it is refused with."""

    def gone(place: int) -> Callable[[list[object]], None]:
        return lambda arguments: arguments.__setitem__(place, None)

    def config(**change: int) -> Callable[[list[object]], None]:
        def apply(arguments: list[object]) -> None:
            for name, value in change.items():
                setattr(arguments[0], name, value)

        return apply

    def heads(n: int) -> Callable[[list[object]], None]:
        return lambda arguments: arguments.__setitem__(1, n)

    def less_scratch(arguments: list[object]) -> None:
        arguments[8] = ctypes.c_size_t(arguments[8].value - 1)  # type: ignore[attr-defined]

    return {
        **{f"argument {place} is none": (gone(place), INVALID_ARG) for place in (2, 3, 4, 5, 6, 7)},
        "no query heads": (heads(0), INVALID_SIZE),
        "three query heads on two": (heads(3), INVALID_SIZE),
        "less scratch": (less_scratch, INVALID_SIZE),
        "not causal": (config(causal=0), NOT_SUPPORTED),
        "another block": (config(block_size=5), INVALID_SIZE),
        "no block": (config(block_size=0), INVALID_ARG),
        "an unknown kernel": (config(kernel=3), INVALID_ARG),
    }


@pytest.mark.parametrize("name", bad_steps())
def test_a_step_that_cannot_be_is_refused_and_changes_nothing(
    functions: ctypes.CDLL, name: str
) -> None:
    change, expected = bad_steps()[name]
    stream = Stream(functions, CONFIGS["default"])
    q, k, v = stream.token()
    assert stream.step(q, k, v) == OK
    stream.out[:] = 7
    arguments: list[object] = [stream.c_config, stream.heads[0], address(q), address(k)]
    arguments += [address(v), stream.struct, address(stream.out), *stream.scratch_place]
    change(arguments)
    passed = [ctypes.byref(x) if isinstance(x, ctypes.Structure) else x for x in arguments]
    assert functions.ruv_attention_step(*passed) == expected
    if name not in ("argument 3 is none", "argument 4 is none"):
        decoded = [*passed[:3], *passed[5:]]
        assert functions.ruv_attention_decode(*decoded) == expected
    assert stream.len == 1 and (stream.out == 7).all()


def test_another_block_matters_to_landmarks_only(functions: ctypes.CDLL) -> None:
    stream = Stream(functions, CONFIGS["tokens only"])
    config, (q, k, v) = stream.c_config, stream.token()
    config.block_size = 5
    stream.oracle.append(k, v)
    arguments = (ctypes.byref(config), stream.heads[0], address(q), address(k), address(v))
    out = (stream.at, address(stream.out), *stream.scratch_place)
    assert functions.ruv_attention_step(*arguments, *out) == OK
    stream.compare(q)


def test_an_append_without_something_is_refused(functions: ctypes.CDLL) -> None:
    stream = Stream(functions, CONFIGS["default"], capacity=2)
    _, k, v = stream.token()
    empty, scores = CacheStruct(), np.zeros(2, np.float32)
    append, evict = functions.ruv_kv_cache_append, functions.ruv_kv_cache_evict_and_append
    for cache, key, value in (
        (None, k, v),
        (ctypes.byref(empty), k, v),
        (stream.at, None, v),
        (stream.at, k, None),
    ):
        assert append(cache, address(key), address(value)) == INVALID_ARG
        evicted = ctypes.c_uint32(7)
        rest = (address(scores), ctypes.byref(stream.c_config), ctypes.byref(evicted))
        assert evict(cache, address(key), address(value), *rest) == INVALID_ARG
        assert evicted.value == 7
    config = ctypes.byref(stream.c_config)
    token = (address(k), address(v))
    assert evict(stream.at, *token, None, config, ctypes.byref(evicted)) == OK
    assert evicted.value == NONE
    assert evict(stream.at, *token, None, config, ctypes.byref(evicted)) == INVALID_ARG
    assert evict(stream.at, *token, address(scores), config, None) == INVALID_ARG
    assert stream.len == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((0, 3, 4), INVALID_SIZE), ((2, 0, 4), INVALID_SIZE), ((2, 3, 0), INVALID_SIZE)],
)
def test_scratch_for_nothing_is_refused(
    functions: ctypes.CDLL, arguments: tuple[int, ...], expected: int
) -> None:
    stream = Stream(functions, CONFIGS["default"])
    size = ctypes.c_size_t(7)
    sizes = functions.ruv_attention_step_scratch_bytes
    assert sizes(ctypes.byref(stream.c_config), *arguments, ctypes.byref(size)) == expected
    assert sizes(ctypes.byref(stream.c_config), 2, 3, 4, None) == INVALID_ARG
    assert sizes(None, 2, 3, 4, ctypes.byref(size)) == INVALID_ARG
    both = stream.c_config
    both.causal = False
    assert sizes(ctypes.byref(both), 2, 3, 4, ctypes.byref(size)) == NOT_SUPPORTED
    assert size.value == 7
