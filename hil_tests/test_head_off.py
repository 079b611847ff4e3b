"""An image without the temporal head: `--overlay head_off`.

Every function of the head and of its task is there and says ESP_ERR_NOT_SUPPORTED, features flow,
and nothing of the head is linked. The last tests are of an image with the head: they show that
what is looked for here can be found.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import harness
from harness.build import Firmware
from harness.build.elf import read_elf
from harness.node.esp_err import name_of
from harness.sensing.node import SensingNode
from harness.sensing.structs.controller import Observation
from harness.sensing.structs.state import HeadState, WeightsSource
from hil_tests.support.model import NODE_SHAPE, random_model
from hil_tests.support.packets import classifications, packets_of
from hil_tests.support.refusal import refused
from kernels_ref import SparseAttentionConfig
from kernels_ref.packets import MAGICS, FeatureState

NOT_SUPPORTED = "ESP_ERR_NOT_SUPPORTED"
OFF = pytest.mark.needs("head-off")
ON = pytest.mark.needs("head")
HEAD = Path(harness.__file__).parents[1] / "firmware/components/ruv_temporal"
SHIMS = "temporal_off.c"
# What the head's interface consists of: with the head off nothing else of it may be there.
INTERFACE = set(
    re.findall(r"\b(ruv_temporal_\w+)\(", (HEAD / "include/ruv_temporal.h").read_text("utf-8"))
)
# In the order in which the node calls them.
CALLED = ("init", "init_in", "required_bytes", "push", "classify", "self_test")
ABI = {f"ruv_temporal_{name}" for name in ("init", "push", "classify", "destroy")}


def results(node: SensingNode) -> dict[str, str]:
    """The name of what each function of the head's interface returned for null pointers."""
    errors = node.call("head_on_null").errors.tolist()
    return {name: name_of(code) for name, code in zip(CALLED, errors, strict=True)}


@OFF
def test_the_boot_report_says_that_there_is_no_head(node: SensingNode) -> None:
    boot, status = node.boot, node.status()
    assert (boot.head_state, status.head_state) == (HeadState.NOT_BUILT, HeadState.NOT_BUILT)
    assert name_of(boot.head_error) == name_of(status.head_error) == NOT_SUPPORTED
    assert name_of(boot.self_test_error) == NOT_SUPPORTED
    assert boot.head_reason == "this image is built without the head"
    assert boot.weights_source == WeightsSource.NONE


@OFF
def test_every_function_of_the_head_is_a_shim(node: SensingNode) -> None:
    assert set(results(node).values()) == {NOT_SUPPORTED}, results(node)


@OFF
def test_every_function_of_the_temporal_task_is_a_shim(node: SensingNode) -> None:
    calls = {
        "temporal_task_start": lambda: node.start_task(input_dim=16, window_len=256, n_classes=4),
        "temporal_task_stop": node.stop_task,
        "temporal_task_hold": node.hold_task,
        "temporal_task_hold(false)": node.release_task,
        "temporal_task_classify": node.classify,
        "temporal_task_self_test": node.self_test,
    }
    for name, call in calls.items():
        with refused(NOT_SUPPORTED, what=name):
            call()
    pushed = node.push_frames(np.ones((3, 16), np.float32))
    assert (pushed.accepted, pushed.rejected) == (0, 3)
    assert name_of(pushed.last_error) == NOT_SUPPORTED, "temporal_task_push_frame"


@OFF
def test_the_kernel_is_refused_too(node: SensingNode) -> None:
    q = np.zeros((4, 1, 4), np.float32)
    with refused(NOT_SUPPORTED, what="attention"):
        node.attention(q, q, q, SparseAttentionConfig(4, 2))
    with (
        refused(NOT_SUPPORTED, what="head_open"),
        node.head(b"", input_dim=16, window_len=8, n_classes=4),
    ):
        pass


@OFF
def test_features_flow_and_no_classification_comes(node: SensingNode) -> None:
    node.mirror(True)
    node.observe(Observation(motion=0.5, coherence=0.9, pkt_yield=20))
    node.advance(seconds=60)
    assert len(packets_of(node, FeatureState)) == 300
    assert classifications(node) == []
    magics = {int.from_bytes(data[:4], "little") for data in node.packet_bytes}
    assert 0xC5110007 in MAGICS
    assert 0xC5110007 not in magics
    assert 0xC5110006 in magics
    status = node.status()
    assert (status.feature_seq, status.temporal_seq) == (300, 0)
    assert (status.classify_count, status.frames_pushed, status.queue_drops) == (0, 0, 0)


@OFF
@pytest.mark.reboots
def test_the_same_after_every_start(node: SensingNode) -> None:
    node.restore()
    assert node.status().head_state == HeadState.NOT_BUILT
    boot = node.reset()
    assert boot.head_state == HeadState.NOT_BUILT
    assert node.panic().head_state == HeadState.NOT_BUILT
    node.restore()
    node.advance(seconds=2)
    assert node.status().feature_seq == 10


@OFF
@pytest.mark.needs("flash")
@pytest.mark.reboots
def test_weights_are_kept_for_an_image_that_has_a_head(node: SensingNode) -> None:
    """They may be written and are not looked at."""
    slot = node.upload_weights(random_model(NODE_SHAPE, 301).blob).slot
    boot = node.reset()
    assert boot.head_state == HeadState.NOT_BUILT
    assert boot.weights_source == (WeightsSource.SLOT_0, WeightsSource.SLOT_1)[slot]
    assert name_of(boot.slot_error[slot]) == "ESP_OK"


@OFF
def test_nothing_of_the_head_is_linked(firmware: Firmware) -> None:
    elf = read_elf(firmware.elf)
    sources = {path.name for path in (HEAD / "src").glob("*.c")} - {SHIMS}
    assert len(sources) > 20
    assert elf.files & sources == set()
    assert INTERFACE >= ABI
    assert {name for name in elf.symbols if name.startswith("ruv_")} <= INTERFACE
    assert "temporal_task_start" in elf.symbols


@ON
def test_what_must_not_be_linked_is_found_where_it_is(firmware: Firmware) -> None:
    elf = read_elf(firmware.elf)
    assert {"ruv_attention_forward", "ruv_blob_parse", *ABI} <= elf.symbols
    assert {"classifier.c", "attention.c", "temporal.c", "blob.c"} <= elf.files
    assert SHIMS not in elf.files


@ON
def test_the_head_refuses_null_pointers(node: SensingNode) -> None:
    told = results(node)
    assert told.pop("self_test") == "ESP_OK"
    assert set(told.values()) == {"ESP_ERR_INVALID_ARG"}, told
