"""Requests whose sizes and offsets lie beyond the node's memory: refused, whatever the numbers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from harness.node.schema import WireStruct
from harness.node.structs import AdvanceRequest, ArenaRequest, KindRequest, LayoutRequest
from harness.sensing.node import SensingNode
from harness.sensing.structs.kernel import (
    AttentionArrays,
    AttentionConfig,
    AttentionRequest,
    HeadOpenRequest,
    HeadPushRequest,
    StreamEvictRequest,
    StreamOpenRequest,
    StreamStep,
    StreamStepRequest,
)
from harness.sensing.structs.settings import SettingRequest
from harness.sensing.structs.state import SensingRestoreRequest
from harness.sensing.structs.task import TaskRequest
from harness.sensing.structs.weights import PartitionRequest
from hil_tests.support.heap import settled_heap
from hil_tests.support.refusal import refused

HUGE = 2**32 - 1
SIZE, ARG, STATE = "ESP_ERR_INVALID_SIZE", "ESP_ERR_INVALID_ARG", "ESP_ERR_INVALID_STATE"

PATTERN = AttentionConfig(4, 4, 1, 1, 1, 0, (0,) * 16)
ARRAYS = AttentionArrays(0, 1024, 2048, 4096)
ATTENTION = AttentionRequest(PATTERN, 6, 2, 1, 4, ARRAYS, 8192)
STREAM = StreamOpenRequest(PATTERN, 8, 2, 1, 4, 0, 8192)
STEP = StreamStepRequest(2, ARRAYS)


def changed(
    request: AttentionRequest | StreamStepRequest, change: dict[str, int]
) -> AttentionRequest | StreamStepRequest:
    """The request with other values, those of its arrays among them."""
    of_arrays = {name: value for name, value in change.items() if hasattr(ARRAYS, name)}
    rest = {name: value for name, value in change.items() if name not in of_arrays}
    return dataclasses.replace(
        request,
        arrays=dataclasses.replace(ARRAYS, **of_arrays),
        **rest,  # type: ignore[arg-type]
    )


@pytest.mark.needs("head")
@pytest.mark.parametrize(
    "change",
    [
        {"n_tokens": HUGE},
        {"n_tokens": 2**30, "head_dim": 2**30},
        {"n_q_heads": HUGE, "n_kv_heads": HUGE, "head_dim": HUGE, "n_tokens": HUGE},
        {"n_q_heads": 0},
        {"n_kv_heads": 0},
        {"head_dim": 0},
        {"q_offset": 2},
        {"k_offset": 1025},
        {"v_offset": HUGE - 3},
        {"out_offset": HUGE},
        {"scratch_offset": HUGE},
    ],
    ids=str,
)
def test_attention_outside_the_arena(node: SensingNode, change: dict[str, int]) -> None:
    node.request("attention", ATTENTION)
    with refused(SIZE, what=f"attention with {change}"):
        node.request("attention", changed(ATTENTION, change))


@pytest.mark.needs("head")
def test_more_global_tokens_than_the_protocol_carries(node: SensingNode) -> None:
    config = dataclasses.replace(PATTERN, n_globals=17)
    with refused(ARG, what="17 global tokens"):
        node.request("attention", dataclasses.replace(ATTENTION, config=config))


@pytest.mark.needs("head")
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"capacity": 0}, SIZE),
        ({"capacity": HUGE}, SIZE),
        ({"n_q_heads": 0}, SIZE),
        ({"n_kv_heads": 0}, SIZE),
        ({"head_dim": 0}, SIZE),
        ({"capacity": HUGE, "n_kv_heads": HUGE, "head_dim": HUGE}, SIZE),
        ({"dtype": 2}, ARG),
        ({"memory_offset": HUGE}, SIZE),
    ],
    ids=str,
)
def test_a_stream_that_cannot_be(node: SensingNode, change: dict[str, int], error: str) -> None:
    with refused(error, what=f"a stream with {change}"):
        node.request("stream_open", dataclasses.replace(STREAM, **change))
    with refused(STATE, what="a step without a stream"):
        node.request("stream_step", STEP)


@pytest.mark.needs("head")
def test_a_stream_whose_heads_do_not_divide_takes_no_step(node: SensingNode) -> None:
    """The number of query heads counts from the first step on."""
    node.request("stream_open", dataclasses.replace(STREAM, n_q_heads=3, n_kv_heads=2))
    result = StreamStep.parse(node.request("stream_step", STEP))
    assert (result.done, result.cache_len, result.error) == (0, 0, 0x104)


@pytest.mark.needs("head")
@pytest.mark.parametrize(
    "change",
    [
        {"count": HUGE},
        {"q_offset": 1},
        {"k_offset": HUGE - 3},
        {"v_offset": HUGE},
        {"out_offset": 2},
    ],
    ids=str,
)
def test_steps_outside_the_arena(node: SensingNode, change: dict[str, int]) -> None:
    node.request("stream_open", STREAM)
    with refused(SIZE, what=f"a step with {change}"):
        node.request("stream_step", changed(STEP, change))


@pytest.mark.needs("head")
def test_eviction_needs_a_stream_and_its_arrays_in_the_arena(node: SensingNode) -> None:
    with refused(STATE, what="eviction without a stream"):
        node.request("stream_evict", StreamEvictRequest(0, 0, 0))
    node.request("stream_open", STREAM)
    node.request("stream_step", STEP)
    for place in range(3):
        offsets = [0, 1024, 2048]
        offsets[place] = HUGE - 3
        with refused(SIZE, what=f"eviction with {offsets}"):
            node.request("stream_evict", StreamEvictRequest(*offsets))


@pytest.mark.needs("head")
@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (HeadOpenRequest(HUGE, 100, 3, 32, 3, 0), SIZE),
        (HeadOpenRequest(0, HUGE, 3, 32, 3, 0), SIZE),
        (HeadOpenRequest(0, 100, 3, 32, 3, 9), ARG),
    ],
    ids=["offset", "length", "form"],
)
def test_a_head_that_cannot_be(node: SensingNode, request_: HeadOpenRequest, error: str) -> None:
    with refused(error, what=str(request_)):
        node.request("head_open", request_)
    with refused(STATE, what="a frame without a head"):
        node.request("head_push", HeadPushRequest(0, 1))
    with refused(STATE, what="classifying without a head"):
        node.request("head_classify")


@pytest.mark.needs("head")
@pytest.mark.parametrize(
    ("command", "payload"),
    [
        ("restore", SensingRestoreRequest(2)),
        ("setting", SettingRequest(255, 1)),
        ("task", TaskRequest(4)),
        ("panic", KindRequest(3)),
        ("hang", KindRequest(2)),
        ("layout", LayoutRequest(0xFFFF)),
        ("advance", AdvanceRequest(2**64 - 1)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_value_beyond_its_range(node: SensingNode, command: str, payload: WireStruct) -> None:
    with refused(ARG, "ESP_ERR_NOT_FOUND", what=f"{command} with {payload}"):
        node.request(command, payload)
    assert node.hello().boot_nonce == node.boot.boot_nonce


@pytest.mark.parametrize(("offset", "length"), [(HUGE, 1), (0, HUGE), (HUGE, HUGE)], ids=str)
def test_the_arena_s_and_the_partition_s_ends(node: SensingNode, offset: int, length: int) -> None:
    for command, request in (
        ("arena_get", ArenaRequest(offset, length)),
        ("part_read", PartitionRequest(offset, length)),
        ("part_erase", PartitionRequest(offset, length)),
    ):
        with refused(SIZE, what=f"{command} of {length} at {offset}"):
            node.request(command, request)


def test_a_length_that_is_not_that_of_the_bytes(node: SensingNode) -> None:
    for command, request in (
        ("arena_put", ArenaRequest(0, 5)),
        ("part_write", PartitionRequest(0, 5)),
    ):
        with refused(SIZE, what=f"{command} of 5 bytes with 4"):
            node.request(command, request.build() + bytes(4))


def test_the_arena_keeps_what_it_is_given_up_to_its_last_byte(node: SensingNode) -> None:
    size = node.limits.arena_bytes
    data = np.random.default_rng(1).bytes(3000)
    node.arena_put(size - len(data), data)
    assert node.arena_get(size - len(data), len(data)) == data
    with refused(SIZE, what="one byte beyond the arena"):
        node.arena_get(size, 1)


@pytest.mark.needs("head")
def test_a_window_too_long_for_the_memory_is_refused_and_leaves_no_trace(node: SensingNode) -> None:
    free = settled_heap(node)
    node.stop_task()
    for window in (HUGE, 2**31):
        with refused("ESP_ERR_NO_MEM", SIZE, what=f"a window of {window} frames"):
            node.start_task(window_len=window)
    node.start_task()
    # More is no trace: a network that has just joined gives back what it took for that.
    assert settled_heap(node) >= free
