"""A head in memory that the caller brings."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from numpy.typing import NDArray

from hil_tests.support.model import Model, random_frames, random_model
from kernels_ref import ModelShape

OK, INVALID_ARG, INVALID_SIZE, INVALID_CRC = 0, 0x102, 0x104, 0x109
SHAPE = ModelShape(6, 4, 2, 5, 2, 3)
WINDOW = 40
GUARD = 64
UNTOUCHED = 0xA5

Float32 = NDArray[np.float32]


class Memory:
    """Bytes of a pattern, of which a head gets `length` from `offset` off an address of eights."""

    def __init__(self, length: int, offset: int = 0) -> None:
        self.length = length
        self._all = ctypes.create_string_buffer(bytes([UNTOUCHED]) * (length + 2 * GUARD + 16))
        self._start = GUARD + -(ctypes.addressof(self._all) + GUARD) % 8 + offset

    @property
    def at(self) -> ctypes.c_void_p:
        return ctypes.c_void_p(ctypes.addressof(self._all) + self._start)

    def used_beyond_its_ends(self) -> bool:
        whole = np.frombuffer(self._all, np.uint8)[:-1]
        end = self._start + self.length
        return bool((np.concatenate([whole[: self._start], whole[end:]]) != UNTOUCHED).any())

    def used_at_all(self) -> bool:
        inside = np.frombuffer(self._all, np.uint8)[self._start : self._start + self.length]
        return bool((inside != UNTOUCHED).any())


@pytest.fixture(scope="module")
def model() -> Model:
    return random_model(SHAPE, 11)


@pytest.fixture(scope="module")
def needed(functions: ctypes.CDLL, model: Model) -> int:
    size = ctypes.c_size_t()
    length = ctypes.c_size_t(len(model.blob))
    error = functions.ruv_temporal_required_bytes(model.blob, length, WINDOW, ctypes.byref(size))
    assert error == OK
    return size.value


def start(
    functions: ctypes.CDLL, blob: bytes, memory: Memory | None, n_classes: int = SHAPE.n_classes
) -> tuple[int, ctypes.c_void_p]:
    """The error, and the head; without memory one of its own."""
    head = ctypes.c_void_p(1)
    given = (blob, ctypes.c_size_t(len(blob)), SHAPE.input_dim, WINDOW, n_classes)
    if memory is None:
        error = functions.ruv_temporal_init(*given, ctypes.byref(head))
    else:
        length = ctypes.c_size_t(memory.length)
        error = functions.ruv_temporal_init_in(*given, memory.at, length, ctypes.byref(head))
    assert bool(head) == (error == OK)
    return error, head


def push(functions: ctypes.CDLL, head: ctypes.c_void_p, frame: Float32) -> None:
    assert functions.ruv_temporal_push(head, ctypes.c_void_p(frame.ctypes.data)) == OK


def classify(functions: ctypes.CDLL, head: ctypes.c_void_p) -> bytes:
    logits = np.zeros(SHAPE.n_classes, np.float32)
    at = ctypes.c_void_p(logits.ctypes.data)
    assert functions.ruv_temporal_classify(head, at, SHAPE.n_classes) == OK
    return logits.tobytes()


def frames(seed: int) -> Float32:
    return random_frames(np.random.default_rng(seed), WINDOW + 7, SHAPE.input_dim)


def test_memory_of_just_that_size_is_enough(
    functions: ctypes.CDLL, model: Model, needed: int
) -> None:
    memory = Memory(needed)
    error, head = start(functions, model.blob, memory)
    assert error == OK
    for frame in frames(1):
        push(functions, head, frame)
    classify(functions, head)
    functions.ruv_temporal_destroy(head)
    assert memory.used_at_all()
    assert not memory.used_beyond_its_ends()


@pytest.mark.parametrize("missing", [1, 8, None], ids=["a byte", "eight", "all"])
def test_memory_that_is_too_small_is_refused_and_left(
    functions: ctypes.CDLL, model: Model, needed: int, missing: int | None
) -> None:
    memory = Memory(needed - missing if missing is not None else 0)
    assert start(functions, model.blob, memory)[0] == INVALID_SIZE
    assert not memory.used_at_all() and not memory.used_beyond_its_ends()


@pytest.mark.parametrize("offset", range(1, 8))
def test_memory_at_another_alignment_is_refused_and_left(
    functions: ctypes.CDLL, model: Model, needed: int, offset: int
) -> None:
    memory = Memory(needed + 16, offset)
    assert start(functions, model.blob, memory)[0] == INVALID_ARG
    assert not memory.used_at_all()


def test_no_memory_is_refused(functions: ctypes.CDLL, model: Model, needed: int) -> None:
    """And is no wish for memory of the head's own."""
    head = ctypes.c_void_p(1)
    blob, length = model.blob, ctypes.c_size_t(len(model.blob))
    given = (blob, length, SHAPE.input_dim, WINDOW, SHAPE.n_classes, None, ctypes.c_size_t(needed))
    assert functions.ruv_temporal_init_in(*given, ctypes.byref(head)) == INVALID_ARG
    assert not head
    assert functions.ruv_temporal_init_in(*given, None) == INVALID_ARG


def test_a_blob_is_checked_as_for_memory_of_its_own(
    functions: ctypes.CDLL, model: Model, needed: int
) -> None:
    memory = Memory(needed)
    broken = model.blob[:-1] + bytes([model.blob[-1] ^ 1])
    assert start(functions, broken, memory)[0] == INVALID_CRC
    assert start(functions, model.blob, memory, n_classes=4)[0] == INVALID_ARG
    assert not memory.used_at_all()


def test_heads_in_memory_of_their_own_do_not_touch_each_other(
    functions: ctypes.CDLL, model: Model, needed: int
) -> None:
    """Three at once, fed in turn, each with frames of its own: as each alone, bit for bit."""
    alone = []
    for seed in range(3):
        _, head = start(functions, model.blob, None)
        for frame in frames(seed):
            push(functions, head, frame)
        alone.append(classify(functions, head))
        functions.ruv_temporal_destroy(head)
    assert len(set(alone)) == 3
    memories = [Memory(needed), Memory(needed), None]
    heads = [start(functions, model.blob, memory)[1] for memory in memories]
    for three in zip(*(frames(seed) for seed in range(3)), strict=True):
        for head, frame in zip(heads, three, strict=True):
            push(functions, head, frame)
    assert [classify(functions, head) for head in heads] == alone
    for head in heads:
        functions.ruv_temporal_destroy(head)


def test_memory_can_be_used_again_after_the_end(
    functions: ctypes.CDLL, model: Model, needed: int
) -> None:
    memory = Memory(needed)
    told = set()
    for _ in range(3):
        error, head = start(functions, model.blob, memory)
        assert error == OK
        assert functions.ruv_temporal_frames(head) == 0
        for frame in frames(5):
            push(functions, head, frame)
        told.add(classify(functions, head))
        functions.ruv_temporal_destroy(head)
    assert len(told) == 1
