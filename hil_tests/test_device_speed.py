"""What a classification and a step cost: counted where instructions can be counted, and recorded.

Nothing is judged by a clock. Retired instructions are the same on every machine, and so have
targets here; `hil bench --device` prints what these tests record.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from harness.report import Journal
from harness.sensing.benchmark.device import CLASSIFY_MS, RECORD, DeviceCost
from harness.sensing.node import SensingNode
from harness.sensing.structs.kernel import HeadForm
from hil_tests.support.attention_case import AttentionCase
from hil_tests.support.model import Model, random_frames, random_model
from kernels_ref import REFERENCE_SHAPE, ModelShape, Pooling, WeightDtype, init_random_blob

pytestmark = pytest.mark.needs("head")

F32, F16 = WeightDtype.FLOAT32, WeightDtype.FLOAT16
LAST, MEAN = Pooling.LAST_TOKEN, Pooling.MEAN
MORE = pytest.mark.device_cost
FRAMES = 256
EXTENDED_TARGET, EXTENDED_BYTES = 3_000_000, 64 * 1024
STEM_TARGET = 5_000_000
CONVOLVED_TARGET = 1_500_000
LAST_TARGET, MEAN_TARGET, STEP_TARGET, DIRECT_TARGET = 5_000_000, 10_000_000, 45_000, 2.0
# A head narrower than its input: folding would cost more, so the node itself chooses direct.
WIDE_INPUT = ModelShape(
    input_dim=64, n_q_heads=4, n_kv_heads=1, head_dim=32, n_layers=2, n_classes=4
)
EXTENDED = dataclasses.replace(REFERENCE_SHAPE, mlp_width=64, input_affine=True)
WITH_STEM = dataclasses.replace(EXTENDED, n_classes=6, stem_taps=4, stem_width=64)
STEM_FRAMES = 48  # twenty seconds of spectra
CONVOLVED = ModelShape(  # the project's own models
    *(16, 4, 1, 8, 1, 6, 32, True, 5, 48),
    conv_taps=5,
    conv_stride=2,
    conv_width=32,
    max_pooling=True,
)
HEADS = {"heads 4/1": 1, "heads 4/2": 2, "heads 4/4": 4}  # of queries and of keys


def judge_cost(journal: Journal, cost: DeviceCost) -> None:
    journal.record(RECORD, **dataclasses.asdict(cost))
    assert not cost.misses(), "\n".join(cost.misses())


def classified(
    node: SensingNode,
    name: str,
    model: Model,
    form: HeadForm,
    target: int | None = None,
    per_mac: float | None = None,
    n: int = FRAMES,
) -> tuple[DeviceCost, HeadForm]:
    """Classify a full window twice: as it is, and measured by phase."""
    shape = model.shape
    frames = random_frames(np.random.default_rng(31), n, shape.input_dim)
    with node.head(
        model.blob,
        input_dim=shape.input_dim,
        window_len=n,
        n_classes=shape.n_classes,
        form=form,
    ) as head:
        head.push(frames)
        total = head.classify().cycles
        node.profile(True)
        head.classify()
        profile = node.profile(False)
        unit = node.status().cycle_unit
        cost = DeviceCost.of(name, unit, total, profile, head.working_set_bytes, target, per_mac)
        return cost, HeadForm(head.form)


@pytest.mark.needs("memory", 320 * 1024)
@pytest.mark.parametrize(
    ("dtype", "pooling", "target"),
    [
        pytest.param(F32, LAST, LAST_TARGET, id="float32-last"),
        pytest.param(F16, LAST, LAST_TARGET, id="float16-last", marks=MORE),
        pytest.param(F32, MEAN, MEAN_TARGET, id="float32-mean", marks=MORE),
        pytest.param(F16, MEAN, MEAN_TARGET, id="float16-mean", marks=MORE),
    ],
)
def test_a_classification(
    node: SensingNode, metrics: Journal, dtype: WeightDtype, pooling: Pooling, target: int
) -> None:
    model = Model(init_random_blob(dtype=dtype, pooling=pooling))
    name = f"classify, {dtype.name.lower()}, {pooling.name.lower().replace('_', ' ')}"
    cost, form = classified(node, name, model, HeadForm.BY_SHAPE, target)
    assert form is HeadForm.FOLDED
    judge_cost(metrics, dataclasses.replace(cost, budget_ms=CLASSIFY_MS))


@pytest.mark.needs("memory", 320 * 1024)
@pytest.mark.parametrize(
    ("dtype", "pooling", "target"),
    [
        pytest.param(F32, LAST, EXTENDED_TARGET, id="float32-last", marks=MORE),
        pytest.param(F16, LAST, EXTENDED_TARGET, id="float16-last"),
        pytest.param(F16, MEAN, None, id="float16-mean", marks=MORE),
    ],
)
def test_a_classification_with_scale_and_mlp(
    node: SensingNode, metrics: Journal, dtype: WeightDtype, pooling: Pooling, target: int | None
) -> None:
    model = random_model(EXTENDED, 42, dtype, pooling)
    name = f"classify, MLP 64, {dtype.name.lower()}, {pooling.name.lower().replace('_', ' ')}"
    cost, form = classified(node, name, model, HeadForm.BY_SHAPE, target)
    assert form is HeadForm.FOLDED
    judge_cost(
        metrics,
        dataclasses.replace(cost, budget_ms=CLASSIFY_MS, working_set_below=EXTENDED_BYTES),
    )


@pytest.mark.needs("memory", 320 * 1024)
@pytest.mark.parametrize(
    ("n", "pooling", "target"),
    [
        pytest.param(STEM_FRAMES, LAST, EXTENDED_TARGET, id="48"),
        pytest.param(STEM_FRAMES, MEAN, EXTENDED_TARGET, id="48, mean"),
        pytest.param(FRAMES, LAST, STEM_TARGET, id="256", marks=MORE),
    ],
)
def test_a_classification_with_stem_and_mlp(
    node: SensingNode, metrics: Journal, n: int, pooling: Pooling, target: int
) -> None:
    model = random_model(WITH_STEM, 43, F16, pooling)
    pooled = pooling.name.lower().replace("_", " ")
    name = f"classify, stem 4, MLP 64, float16, {pooled}, {n} frames"
    cost, _ = classified(node, name, model, HeadForm.BY_SHAPE, target, n=n)
    judge_cost(
        metrics,
        dataclasses.replace(cost, budget_ms=CLASSIFY_MS, working_set_below=EXTENDED_BYTES),
    )


@pytest.mark.needs("memory", 320 * 1024)
def test_a_classification_with_convolution_and_maxima(node: SensingNode, metrics: Journal) -> None:
    model = random_model(CONVOLVED, 44, F16, MEAN)
    name = f"classify, convolution 5, stem 5, MLP 32, float16, maxima, {STEM_FRAMES} frames"
    cost, form = classified(node, name, model, HeadForm.BY_SHAPE, CONVOLVED_TARGET, n=STEM_FRAMES)
    assert form is HeadForm.DIRECT
    judge_cost(
        metrics,
        dataclasses.replace(cost, budget_ms=CLASSIFY_MS, working_set_below=EXTENDED_BYTES),
    )


@MORE
@pytest.mark.needs("memory", 512 * 1024)
@pytest.mark.parametrize("pooling", [LAST, MEAN], ids=["last", "mean"])
def test_a_classification_in_the_direct_form(
    node: SensingNode, metrics: Journal, pooling: Pooling
) -> None:
    """The default shape folds; what it costs when it does not is recorded and has no target."""
    model = Model(init_random_blob(pooling=pooling))
    name = f"classify, float32, {pooling.name.lower().replace('_', ' ')}, direct"
    cost, _ = classified(node, name, model, HeadForm.DIRECT)
    judge_cost(metrics, cost)


@MORE
@pytest.mark.needs("memory", 768 * 1024)
@pytest.mark.parametrize("heads", HEADS)
def test_a_shape_that_does_not_fold(node: SensingNode, metrics: Journal, heads: str) -> None:
    shape = dataclasses.replace(WIDE_INPUT, n_kv_heads=HEADS[heads])
    model = random_model(shape, 41, F32, MEAN)
    name = f"classify, float32, mean, D=64, {heads}"
    cost, form = classified(node, name, model, HeadForm.BY_SHAPE, None, DIRECT_TARGET)
    assert form is HeadForm.DIRECT
    judge_cost(metrics, cost)


@pytest.mark.needs("memory", 320 * 1024)
@pytest.mark.parametrize(
    "dtype",
    [pytest.param(np.float32, id="float32", marks=MORE), pytest.param(np.float16, id="float16")],
)
def test_a_step_at_256_cached_tokens(node: SensingNode, metrics: Journal, dtype: type) -> None:
    case = AttentionCase(n=64, heads=(4, 1), d=32, window=32, block=16, inputs="bounded")
    with node.stream(case.config, 4, 1, 32, capacity=FRAMES, dtype=dtype) as stream:

        def fill() -> None:
            """All but the last; the same 64 tokens over and over, which are in the arena."""
            stream.reset()
            for count in (64, 64, 64, 63):
                stream.steps_again(count)

        stream.steps(*case.tensors())
        fill()
        node.profile(True)
        stream.steps_again(1)
        profile = node.profile(False)
        fill()
        total = stream.steps_again(1).cycles
    unit = node.status().cycle_unit
    name = f"step at {FRAMES}, {np.dtype(dtype).name} cache"
    judge_cost(metrics, DeviceCost.of(name, unit, total, profile, target=STEP_TARGET))
