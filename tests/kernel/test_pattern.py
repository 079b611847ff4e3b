"""Which tokens see which, against the rules written down once more as sets."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from harness.sensing.kernel_library import _Config
from kernels_ref.pattern import SparseAttentionConfig, edges, powers_below

OK, INVALID_ARG, INVALID_SIZE = 0, 0x102, 0x104
LENGTHS = (1, 2, 3, 7, 16, 17, 33, 50)
WORD = 32
LANES = 4


class Run(ctypes.Structure):
    """ruv_run_t."""

    _fields_ = (("first", ctypes.c_uint32), ("count", ctypes.c_uint32), ("marks", ctypes.c_bool))


class Pattern(ctypes.Structure):
    """ruv_pattern_t."""

    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("n_tokens", "window", "block_size")),
        *((name, ctypes.c_bool) for name in ("causal", "use_log_stride", "use_landmarks")),
        ("globals", ctypes.POINTER(ctypes.c_uint32)),
        ("n_globals", ctypes.c_uint32),
    )


class Limits(ctypes.Structure):
    """ruv_pattern_limits_t."""

    _fields_ = tuple((name, ctypes.c_uint64) for name in ("runs", "window", "singles"))


class Reads(ctypes.Structure):
    """ruv_needed_tokens_t."""

    _fields_ = (
        ("bits", ctypes.POINTER(ctypes.c_uint32)),
        ("layers", ctypes.c_uint32),
        ("words", ctypes.c_uint32),
    )


@dataclass(frozen=True)
class Rules:
    """A configuration, and what its rules say."""

    window: int
    block: int
    globals_: tuple[int, ...] = (0,)
    causal: bool = True
    stride: bool = True
    landmarks: bool = True

    def tokens(self, n: int, i: int) -> set[int]:
        """The tokens that token i of n sees."""
        seen = {t for t in range(n) if abs(t - i) <= self.window} | set(self.globals_)
        if self.stride:
            seen |= {i + way * p for p in powers_below(n) for way in (-1, 1)}
        return {t for t in seen if 0 <= t < n and not (self.causal and t > i)}

    def marks(self, n: int, i: int) -> set[int]:
        """The blocks whose landmarks token i of n sees."""
        if not self.landmarks:
            return set()
        blocks = -(-n // self.block)
        distances = {1, *(powers_below(blocks) if self.stride else ())}
        if self.causal:
            newest = (i + 1) // self.block - 1
            return {b for b in {newest, *(newest - d for d in distances)} if b >= 0}
        own = i // self.block
        return {b for d in distances for b in (own - d, own + d) if 0 <= b < blocks}

    @property
    def config(self) -> _Config:
        """As the kernel takes it; the tokens live as long as the structure."""
        tokens = (ctypes.c_uint32 * max(1, len(self.globals_)))(*self.globals_)
        switches = (self.causal, self.stride, self.landmarks, 0)
        return _Config(self.window, self.block, tokens, len(self.globals_), *switches)


SIZES = ((0, 1), (1, 3), (5, 4), (16, 16), (40, 60))


def all_rules(window: int, block: int) -> Iterator[Rules]:
    """Every choice of the switches, with no, one and some global tokens."""
    for tokens in ((), (0,), (9, 2, 9, 200, 15)):
        for switches in itertools.product([True, False], repeat=3):
            yield Rules(window, block, tokens, *switches)


sizes = pytest.mark.parametrize(("window", "block"), SIZES)


def pattern_of(functions: ctypes.CDLL, rules: Rules, n: int) -> tuple[Pattern, object]:
    """The rules applied to n tokens, and the memory that they point into."""
    storage = (ctypes.c_uint32 * max(1, len(rules.globals_)))()
    functions.ruv_pattern.restype = Pattern
    return functions.ruv_pattern(ctypes.byref(rules.config), n, storage), storage


def limits_of(functions: ctypes.CDLL, rules: Rules, n: int) -> Limits:
    functions.ruv_pattern_limits.restype = Limits
    return functions.ruv_pattern_limits(ctypes.byref(rules.config), n)


@sizes
def test_a_token_sees_what_the_rules_say_each_once(
    functions: ctypes.CDLL, window: int, block: int
) -> None:
    for rules, n in itertools.product(all_rules(window, block), LENGTHS):
        pattern, _memory = pattern_of(functions, rules, n)
        limits = limits_of(functions, rules, n)
        runs = (Run * 200)()
        most = 0
        for i in range(n):
            count = functions.ruv_pattern_runs(ctypes.byref(pattern), i, runs)
            found = [
                (bool(run.marks), at)
                for run in runs[:count]
                for at in range(run.first, run.first + run.count)
            ]
            expected = {(False, t) for t in rules.tokens(n, i)}
            expected |= {(True, b) for b in rules.marks(n, i)}
            assert len(found) == len(set(found)), f"{rules}: token {i} of {n} sees one twice"
            assert set(found) == expected, f"{rules}: token {i} of {n}"
            assert count <= limits.runs and runs[0].count <= limits.window
            assert len(found) - runs[0].count <= limits.singles
            most = max(most, runs[0].count)
        reach = min(rules.window, n) * (1 if rules.causal else 2) + 1
        assert most <= limits.window == reach


@sizes
def test_the_limits_are_near_to_what_is_needed(
    functions: ctypes.CDLL, window: int, block: int
) -> None:
    """Memory is taken by them: a place for each global token, stride and landmark."""
    lengths = (1, 2, 8, 9, 33, 1000, 2**31 + 1, 2**32 - 1)
    for rules, n in itertools.product(all_rules(window, block), lengths):
        limits = limits_of(functions, rules, n)
        directions = 1 if rules.causal else 2
        singles = len(rules.globals_)
        if rules.stride:
            singles += directions * sum(p > min(rules.window, n) for p in powers_below(n))
        if rules.landmarks:
            blocks = -(-n // rules.block)
            singles += 2
            singles += directions * sum(p > 1 for p in powers_below(blocks)) if rules.stride else 0
        assert (limits.singles, limits.runs) == (singles, singles + 1), f"{rules}, {n} tokens"


@sizes
def test_the_number_of_candidates_in_closed_form(
    functions: ctypes.CDLL, window: int, block: int
) -> None:
    out = ctypes.c_uint64()
    for rules, n in itertools.product(all_rules(window, block), (0, *LENGTHS, 65)):
        error = functions.ruv_attention_edges(ctypes.byref(rules.config), n, ctypes.byref(out))
        counted = sum(len(rules.tokens(n, i)) + len(rules.marks(n, i)) for i in range(n))
        assert (error, out.value) == (OK, counted), f"{rules}, {n} tokens"


@sizes
def test_the_number_of_candidates_of_the_longest_sequence(
    functions: ctypes.CDLL, window: int, block: int
) -> None:
    n, out = 2**32 - 1, ctypes.c_uint64()
    for rules in all_rules(window, block):
        error = functions.ruv_attention_edges(ctypes.byref(rules.config), n, ctypes.byref(out))
        switches = (rules.causal, rules.stride, rules.landmarks)
        config = SparseAttentionConfig(window, block, rules.globals_, *switches)
        assert (error, out.value) == (OK, edges(n, config)), str(rules)


def test_too_many_candidates_to_count_are_refused(functions: ctypes.CDLL) -> None:
    """Every pair of tokens is one: nearly 2^64 of them, and landmarks beside."""
    n, out = 2**32 - 1, ctypes.c_uint64(7)
    for landmarks, expected in ((False, (OK, n * n)), (True, (INVALID_SIZE, 7))):
        out.value = 7
        config = Rules(n, 1, (), causal=False, landmarks=landmarks).config
        error = functions.ruv_attention_edges(ctypes.byref(config), n, ctypes.byref(out))
        assert (error, out.value) == expected


def test_what_is_no_pattern_is_refused(functions: ctypes.CDLL) -> None:
    good = Rules(4, 4)
    no_block, no_list, no_kernel = good.config, good.config, good.config
    no_block.block_size = 0
    no_list.global_tokens = None
    no_kernel.kernel = 2
    check = functions.ruv_pattern_check
    assert check(ctypes.byref(good.config)) == OK
    assert check(None) == INVALID_ARG
    for config in (no_block, no_list, no_kernel):
        assert check(ctypes.byref(config)) == INVALID_ARG
        out = ctypes.c_uint64(7)
        error = functions.ruv_attention_edges(ctypes.byref(config), 9, ctypes.byref(out))
        assert (error, out.value) == (INVALID_ARG, 7)
    assert functions.ruv_attention_edges(ctypes.byref(good.config), 9, None) == INVALID_ARG
    no_list.n_globals = 0
    plain = good.config
    plain.kernel = 1
    assert (check(ctypes.byref(no_list)), check(ctypes.byref(plain))) == (OK, OK)


@sizes
@pytest.mark.parametrize("layers", [1, 3])
def test_a_layer_reads_what_the_next_one_needs(
    functions: ctypes.CDLL, window: int, block: int, layers: int
) -> None:
    """From the last token back; a landmark needs every token of its block."""
    causal = [rules for rules in all_rules(window, block) if rules.causal]
    for rules, n in itertools.product(causal, (*LENGTHS, 64, 65, 96)):
        words = n // WORD + 1
        bits = (ctypes.c_uint32 * ((layers + 1) * words))(*[0xDEADBEEF] * ((layers + 1) * words))
        reads = Reads(bits, layers, words)
        pattern, _memory = pattern_of(functions, rules, n)
        runs = (Run * 200)()
        functions.ruv_needed_tokens_find(ctypes.byref(reads), ctypes.byref(pattern), True, runs)
        needed = {n - 1}
        for layer in range(layers, -1, -1):
            row = np.array(bits[layer * words : (layer + 1) * words], np.uint32)
            found = np.flatnonzero(np.unpackbits(row.view(np.uint8), bitorder="little"))
            assert found.tolist() == sorted(needed), f"{rules}: layer {layer} of {n} tokens"
            for token in sorted(needed):
                needed |= rules.tokens(n, token)
                for block in rules.marks(n, token):
                    needed |= set(range(block * rules.block, (block + 1) * rules.block))


def test_every_token_is_read_where_all_are_pooled(functions: ctypes.CDLL) -> None:
    bits = (ctypes.c_uint32 * 7)(*[5] * 7)
    reads = Reads(bits, 2, 2)
    pattern, _memory = pattern_of(functions, Rules(2, 4), 40)
    functions.ruv_needed_tokens_find(
        ctypes.byref(reads), ctypes.byref(pattern), False, (Run * 50)()
    )
    assert list(bits) == [0xFFFFFFFF] * 6 + [5]


def test_tokens_of_a_row_are_taken_from_the_last_down(functions: ctypes.CDLL) -> None:
    tokens = [0, 1, 5, 31, 32, 40, 63, 64]
    row = np.zeros(3, np.uint32)
    for token in tokens:
        row[token // WORD] |= np.uint32(1 << token % WORD)
    bits = (ctypes.c_uint32 * 3)(*row.tolist())
    end, out = ctypes.c_uint32(64), (ctypes.c_uint32 * (LANES + 1))()
    taken = []
    for expected in (4, 3, 0):
        out[LANES] = 7
        count = functions.ruv_needed_tokens_take(bits, ctypes.byref(end), out)
        assert (count, out[LANES]) == (expected, 7)
        taken += out[:count]
    assert taken == [63, 40, 32, 31, 5, 1, 0] and end.value == 0


def test_whether_all_tokens_of_a_stretch_are_read(functions: ctypes.CDLL) -> None:
    functions.ruv_needed_tokens_all.restype = ctypes.c_bool
    bits = (ctypes.c_uint32 * 2)(0xFFFFFFF0, 0x0000000F)  # tokens 4 to 35
    read = functions.ruv_needed_tokens_all
    assert read(bits, 4, 32) and read(bits, 20, 1) and read(bits, 40, 0)
    assert not read(bits, 3, 4) and not read(bits, 30, 7) and not read(bits, 36, 1)


def test_a_global_token_is_found_in_its_list(functions: ctypes.CDLL) -> None:
    functions.ruv_pattern_is_global.restype = ctypes.c_bool
    for n in range(6):
        tokens = [2 * k + 1 for k in range(n)]
        listed = (ctypes.c_uint32 * (n + 1))(*tokens, 99)
        found = [t for t in range(13) if functions.ruv_pattern_is_global(listed, n, t)]
        assert found == tokens and not functions.ruv_pattern_is_global(listed, n, 99)
