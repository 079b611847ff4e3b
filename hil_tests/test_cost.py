"""What the head costs in its default shape, for the report; the results are judged elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from harness.node import CycleUnit
from harness.plugin.fixtures import Measure
from harness.sensing.node import SensingNode
from hil_tests.support.attention_case import AttentionCase
from hil_tests.support.model import Model, random_frames
from kernels_ref import Pooling, WeightDtype, init_random_blob

pytestmark = [pytest.mark.needs("head"), pytest.mark.needs("memory", 160 * 1024)]

WINDOW, CLASSES, DIM = 256, 4, 16
WORKING_SET = 48 * 1024
PERIOD_MS, CLOCK_HZ = 50, 240_000_000  # of a frame, and of an ESP32-S3
# The most that may be spent, in retired instructions.
CLASSIFY = {Pooling.LAST_TOKEN: 5_000_000, Pooling.MEAN: 10_000_000}
STEP = 45_000
KINDS = [(dtype, pooling) for dtype in WeightDtype for pooling in Pooling]


def budget(unit: CycleUnit, instructions: int) -> float | None:
    """In the unit in which the node counts: clock cycles have to fit the time between frames."""
    clock = PERIOD_MS * CLOCK_HZ / 1000
    return {CycleUnit.INSTRUCTIONS: instructions, CycleUnit.CPU_CYCLES: clock}.get(unit)


@pytest.mark.parametrize(
    ("dtype", "pooling"), KINDS, ids=[f"{d.name.lower()}-{p.name.lower()}" for d, p in KINDS]
)
def test_a_classification_and_a_frame(
    node: SensingNode, measure: Measure, dtype: WeightDtype, pooling: Pooling
) -> None:
    model = Model(init_random_blob(dtype=dtype, pooling=pooling))
    unit = CycleUnit(node.status().cycle_unit)
    kind = f"{dtype.name.lower()}, {pooling.name.lower().replace('_', ' ')}"
    frames = random_frames(np.random.default_rng(71), WINDOW)
    with node.head(model.blob, input_dim=DIM, window_len=WINDOW, n_classes=CLASSES) as head:
        pushed, result = head.push(frames), head.classify()
        measure(f"working set, {kind}", head.working_set_bytes, "bytes", WORKING_SET)
    assert (pushed.done, result.n_frames) == (WINDOW, WINDOW)
    if unit is CycleUnit.NONE:
        return
    assert result.cycles > 0 and pushed.cycles > 0
    counted, whole = unit.name.lower(), "of the default shape, with a full window"
    limit = budget(unit, CLASSIFY[pooling])
    measure(f"classify, {kind}", result.cycles, counted, limit, f"one classification {whole}")
    measure(f"push, {kind}", pushed.cycles, counted, None, "one frame into a full ring")


@pytest.mark.parametrize("dtype", [np.float32, np.float16], ids=["float32", "float16"])
def test_a_streaming_step_after_256_tokens(
    node: SensingNode, measure: Measure, dtype: type
) -> None:
    case = AttentionCase(n=64, heads=(4, 1), d=32, window=32, block=16, inputs="bounded")
    unit = CycleUnit(node.status().cycle_unit)
    capacity = WINDOW + 1
    with node.stream(case.config, *case.heads, case.d, capacity=capacity, dtype=dtype) as stream:
        stream.steps(*case.tensors())
        for _ in range(WINDOW // case.n - 1):
            stream.steps_again(case.n)
        step = stream.steps_again(1)
    assert (step.done, step.cache_len, step.error) == (1, WINDOW + 1, 0)
    if unit is CycleUnit.NONE:
        return
    assert step.cycles > 0
    name = f"streaming step, {np.dtype(dtype)} cache"
    said = f"the step that finds {WINDOW} tokens cached: 4/1 heads, d=32, W=32, B=16"
    measure(name, step.cycles, unit.name.lower(), budget(unit, STEP), said)


@pytest.mark.needs("stepped-clock")
def test_the_task_at_work(node: SensingNode, measure: Measure) -> None:
    """What status counts of a node that runs by itself."""
    node.push_frames(random_frames(np.random.default_rng(72), 32))
    node.advance(seconds=10)
    status = node.status()
    assert status.classify_count == 10
    if status.cycle_unit == CycleUnit.NONE:
        return
    unit = CycleUnit(status.cycle_unit)
    assert status.classify_cycles_max >= status.classify_cycles > 0
    most = status.classify_cycles_max
    limit = budget(unit, CLASSIFY[Pooling.LAST_TOKEN])
    measure("classify by the task, most", most, unit.name.lower(), limit, "status counts it")
