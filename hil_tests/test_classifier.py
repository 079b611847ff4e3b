"""Logits against float64: both weight types, both poolings, window fillings, shapes, frames."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.kernel import HeadForm, Kernel
from hil_tests.support.judge import Judge
from hil_tests.support.model import NODE_SHAPE, Model, random_frames, random_model
from hil_tests.support.refusal import refused
from kernels_ref import ModelShape, Pooling, WeightDtype, init_random_blob

pytestmark = pytest.mark.needs("head")

F32, F16 = WeightDtype.FLOAT32, WeightDtype.FLOAT16
LAST, MEAN = Pooling.LAST_TOKEN, Pooling.MEAN
DIRECT, FOLDED = HeadForm.DIRECT, HeadForm.FOLDED
# Two of the four kinds in the default shape, the others in a smaller one: 60 KB less on the line.
MODELS = {
    (F32, LAST): Model(init_random_blob()),
    (F32, MEAN): random_model(NODE_SHAPE, 11, F32, MEAN),
    (F16, LAST): random_model(NODE_SHAPE, 12, F16, LAST),
    (F16, MEAN): Model(init_random_blob(dtype=F16, pooling=MEAN)),
}


def kinds(*chosen: tuple[WeightDtype, Pooling]) -> pytest.MarkDecorator:
    """Run a test with these weight types and poolings."""
    names = [f"{dtype.name.lower()}-{pooling.name.lower()}" for dtype, pooling in chosen]
    return pytest.mark.parametrize(("dtype", "pooling"), chosen, ids=names)


def folded_bytes(name: str) -> int:
    """What the products of a folded head take: queries times keys, values times outputs."""
    shape = SHAPES[name]
    return 2 * 4 * shape.n_layers * shape.n_q_heads * shape.input_dim**2


# Frames pushed so far: around W = 32, B = 16, the window of 256, and beyond it.
FILLINGS = [1, 2, 15, 16, 17, 31, 32, 33, 34, 64, 65, 255, 256, 257, 300]
SHAPES = {
    "smallest": ModelShape(1, 1, 1, 1, 1, 2),
    "multi-head": ModelShape(16, 4, 4, 8, 3, 16),
    "grouped": ModelShape(5, 6, 3, 7, 2, 3),
    "widest input": ModelShape(256, 1, 1, 2, 1, 4),
    "head wider than input": ModelShape(4, 2, 1, 64, 2, 4),
    "input wider than head": ModelShape(64, 4, 2, 4, 1, 5),
}
FRAMES = {
    "zeros": np.zeros((40, 16)),
    "all equal": np.full((40, 16), 0.7),
    "one-hot": np.eye(16)[np.arange(40) % 16],
    "denormals": np.full((40, 16), 1e-40) * np.arange(1, 41)[:, None],
    "vital signs": np.tile([0.1, 0.8, 14.5, 0.5, 71.0, 0.4, 0.1, 0.0, 0.9] + [0] * 7, (40, 1)),
    "alternating": np.where(np.arange(40) % 2, 3.0, -3.0)[:, None] * np.ones(16),
    "one spike": np.where(np.arange(40) == 20, 20.0, 0.0)[:, None] * np.linspace(-1, 1, 16),
    "sines": np.sin(np.arange(40)[:, None] * 31 + np.arange(16)),
}


@kinds(*MODELS)
def test_logits_at_every_filling_of_the_window(
    node: SensingNode, judge: Judge, dtype: WeightDtype, pooling: Pooling
) -> None:
    model = MODELS[dtype, pooling]
    pushed = random_frames(np.random.default_rng(21), FILLINGS[-1])
    with node.head(model.blob, input_dim=16, window_len=256, n_classes=4) as head:
        for before, now in pairwise([0, *FILLINGS]):
            head.push(pushed[before:now])
            expected = model.expect(pushed[:now][-256:])
            result = head.classify()
            assert result.n_frames == min(now, 256)
            judge.within(
                f"logits of {now} frames",
                ("class",),
                result.logits,
                expected.logits,
                expected.budget,
            )


@kinds((F32, LAST), (F16, MEAN))
@pytest.mark.parametrize("name", FRAMES)
def test_logits_of_special_frames(
    node: SensingNode, judge: Judge, name: str, dtype: WeightDtype, pooling: Pooling
) -> None:
    model = random_model(NODE_SHAPE, 8, dtype, pooling)
    frames = FRAMES[name].astype(np.float32)
    with node.head(model.blob, input_dim=16, window_len=64, n_classes=4) as head:
        head.push(frames)
        expected = model.expect(frames)
        judge.within(
            f"logits of {name}",
            ("class",),
            head.classify().logits,
            expected.logits,
            expected.budget,
        )


@pytest.mark.parametrize(
    ("name", "dtype", "pooling", "form"),
    [
        pytest.param(
            name,
            dtype,
            pooling,
            form,
            marks=pytest.mark.needs("memory", folded_bytes(name) if form == FOLDED else 0),
            id=f"{name}-{dtype.name.lower()}-{pooling.name.lower()[:4]}-{form.name.lower()}",
        )
        for name in SHAPES
        for dtype, pooling, form in (
            (F32, MEAN, DIRECT),
            (F32, LAST, FOLDED),
            (F16, LAST, DIRECT),
            (F16, MEAN, FOLDED),
        )
    ],
)
@pytest.mark.parametrize("kernel", Kernel, ids=lambda kernel: kernel.name.lower())
def test_logits_of_every_shape_in_both_forms(
    node: SensingNode,
    judge: Judge,
    name: str,
    dtype: WeightDtype,
    pooling: Pooling,
    form: HeadForm,
    kernel: Kernel,
) -> None:
    shape = SHAPES[name]
    n = 40 if shape.input_dim < 64 else 18
    model = random_model(shape, 5, dtype, pooling)
    frames = random_frames(np.random.default_rng(22), n, shape.input_dim)
    with node.head(
        model.blob,
        input_dim=shape.input_dim,
        window_len=40,
        n_classes=shape.n_classes,
        form=form,
        kernel=kernel,
    ) as head:
        assert head.form == form
        head.push(frames)
        expected = model.expect(frames)
        judge.within(
            f"logits, {name}", ("class",), head.classify().logits, expected.logits, expected.budget
        )


@pytest.mark.needs("memory", 160 * 1024)
def test_logits_of_the_longest_window(node: SensingNode, judge: Judge) -> None:
    model = random_model(ModelShape(4, 2, 1, 4, 1, 3), 6, F32, MEAN)
    frames = random_frames(np.random.default_rng(23), 1024, 4)
    with node.head(model.blob, input_dim=4, window_len=1024, n_classes=3) as head:
        head.push(frames)
        expected = model.expect(frames)
        judge.within("logits", ("class",), head.classify().logits, expected.logits, expected.budget)


def test_a_head_without_frames_has_no_logits(node: SensingNode) -> None:
    model = random_model(NODE_SHAPE, 8)
    with (
        node.head(model.blob, input_dim=16, window_len=64, n_classes=4) as head,
        refused("ESP_ERR_INVALID_STATE", what="classifying without a frame"),
    ):
        head.classify()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=["nan", "inf", "-inf"])
def test_a_refused_frame_changes_no_bit(node: SensingNode, judge: Judge, value: float) -> None:
    model = random_model(ModelShape(3, 4, 2, 2, 1, 3), 7)
    frames = random_frames(np.random.default_rng(24), 30, 3)
    bad = frames.copy()
    bad[4, 1] = value
    with node.head(model.blob, input_dim=3, window_len=32, n_classes=3) as head:
        head.push(frames)
        before = head.classify()
        result = head.push(bad[4:])
        after = head.classify()
    assert (result.done, result.error, result.frames_in_ring) == (0, 0x102, 30)
    judge.same("logits", ("class",), before.logits, after.logits)
