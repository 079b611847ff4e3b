"""Logits of models with an input scale, a stem and MLPs, against float64: shapes, forms, hard
weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.sensing.node import SensingNode
from harness.sensing.structs.kernel import HeadForm, Kernel
from hil_tests.support.judge import Judge
from hil_tests.support.misread import explain_misread
from hil_tests.support.model import Model, random_frames, random_model
from hil_tests.support.refusal import refused
from kernels_ref import Feed, FeedKind, ModelShape, Pooling, WeightBlob, WeightDtype
from kernels_ref.blob_layout import Parts, cut

pytestmark = pytest.mark.needs("head")

F32, F16 = WeightDtype.FLOAT32, WeightDtype.FLOAT16
LAST, MEAN = Pooling.LAST_TOKEN, Pooling.MEAN
FORMS = [HeadForm.DIRECT, HeadForm.FOLDED]
WINDOW = 40
MAXIMA = ModelShape(
    6, 4, 1, 8, 2, 6, 12, True, 5, 40, conv_taps=5, conv_stride=2, conv_width=18, max_pooling=True
)
SHAPES = {
    "smallest": ModelShape(1, 1, 1, 1, 1, 2, mlp_width=1, input_affine=True),
    "multi-head": ModelShape(8, 4, 4, 4, 3, 6, mlp_width=16, input_affine=True),
    "grouped, no scale": ModelShape(5, 6, 3, 7, 2, 3, mlp_width=13),
    "widest MLP": ModelShape(3, 2, 1, 4, 1, 4, mlp_width=255, input_affine=True),
    "scale alone": ModelShape(6, 2, 1, 4, 2, 5, input_affine=True),
    "stem alone": ModelShape(5, 2, 1, 4, 2, 3, stem_taps=4, stem_width=9),
    "stem of one frame": ModelShape(3, 2, 1, 4, 1, 3, mlp_width=4, stem_taps=1, stem_width=6),
    "longest stem": ModelShape(3, 4, 2, 2, 1, 3, 0, True, stem_taps=16, stem_width=21),
    "all there is": ModelShape(6, 4, 1, 8, 2, 6, 12, True, stem_taps=5, stem_width=40),
    "convolution alone": ModelShape(5, 2, 1, 4, 2, 3, conv_taps=4, conv_stride=1, conv_width=9),
    "convolution of one frame": ModelShape(
        7, 2, 1, 4, 1, 3, conv_taps=1, conv_stride=16, conv_width=3, mlp_width=4
    ),
    "longest convolution": ModelShape(
        3, 4, 2, 2, 1, 3, 6, True, 3, 7, conv_taps=16, conv_stride=3, conv_width=21
    ),
    "maxima": MAXIMA,
    "maxima without an MLP": ModelShape(
        5, 2, 1, 4, 2, 3, conv_taps=3, conv_stride=2, conv_width=6, max_pooling=True
    ),
    "input wider than head": ModelShape(24, 4, 2, 4, 1, 5, mlp_width=9, input_affine=True),
}
SMALL = ModelShape(4, 2, 1, 4, 2, 3, mlp_width=6, input_affine=True)
WITH_STEM = dataclasses.replace(SMALL, stem_taps=4, stem_width=7)
CONVOLVED = dataclasses.replace(WITH_STEM, conv_taps=5, conv_stride=3, conv_width=4)
WITH_MAXIMA = dataclasses.replace(CONVOLVED, max_pooling=True)


def classified(
    node: SensingNode,
    model: Model,
    frames: NDArray[np.float32],
    form: HeadForm = HeadForm.BY_SHAPE,
    kernel: Kernel = Kernel.FAST,
    alignment: int = 0,
) -> NDArray[np.float32]:
    """What the node makes of frames in a window of 40."""
    with node.head(
        model.blob,
        input_dim=model.shape.input_dim,
        window_len=WINDOW,
        n_classes=model.shape.n_classes,
        form=form,
        kernel=kernel,
        alignment=alignment,
    ) as head:
        head.push(frames)
        return head.classify().logits


def judged(
    node: SensingNode,
    judge: Judge,
    model: Model,
    frames: NDArray[np.float32],
    form: HeadForm = HeadForm.BY_SHAPE,
    kernel: Kernel = Kernel.FAST,
) -> None:
    logits = classified(node, model, frames, form, kernel)
    expected = model.expect(frames)

    def explain() -> str | None:
        return explain_misread(model.parsed, frames, logits)

    judge.within("logits", ("class",), logits, expected.logits, expected.budget, explain)


def changed(
    change: Callable[[Parts], None],
    shape: ModelShape = SMALL,
    seed: int = 51,
    pooling: Pooling = LAST,
) -> Model:
    """A random model of which some weights are made into others."""
    blob = random_model(shape, seed, pooling=pooling).parsed
    weights = blob.weights.copy()
    change(cut(shape, weights))
    return Model(WeightBlob(shape, weights, pooling=pooling).serialize())


@pytest.mark.parametrize(
    ("dtype", "pooling", "form"),
    [(F32, MEAN, FORMS[0]), (F32, LAST, FORMS[1]), (F16, LAST, FORMS[0]), (F16, MEAN, FORMS[1])],
    ids=[
        "float32-mean-direct",
        "float32-last-folded",
        "float16-last-direct",
        "float16-mean-folded",
    ],
)
@pytest.mark.parametrize("kernel", Kernel, ids=lambda kernel: kernel.name.lower())
@pytest.mark.parametrize("name", SHAPES)
def test_logits_of_every_shape_in_both_forms(
    node: SensingNode,
    judge: Judge,
    name: str,
    dtype: WeightDtype,
    pooling: Pooling,
    form: HeadForm,
    kernel: Kernel,
) -> None:
    model = random_model(SHAPES[name], 52, dtype, pooling)
    frames = random_frames(np.random.default_rng(53), WINDOW, model.shape.input_dim)
    judged(node, judge, model, frames, form, kernel)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 17, 33, 45])
@pytest.mark.parametrize("pooling", Pooling, ids=["last", "mean"])
@pytest.mark.parametrize(
    "shape", [SMALL, WITH_STEM, CONVOLVED], ids=["without stem", "with stem", "convolved"]
)
def test_logits_at_fillings_of_the_window(
    node: SensingNode, judge: Judge, n: int, pooling: Pooling, shape: ModelShape
) -> None:
    """Tokens are taken four at a time: some are left over. And stem and convolution want frames
    before them."""
    model = random_model(shape, 54, F32, pooling)
    frames = random_frames(np.random.default_rng(55), n, 4)
    logits = classified(node, model, frames)
    expected = model.expect(frames[-WINDOW:])
    judge.within("logits", ("class",), logits, expected.logits, expected.budget)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 12, 13, 45])
@pytest.mark.parametrize("form", FORMS, ids=["direct", "folded"])
def test_maxima_at_fillings_of_the_window(
    node: SensingNode, judge: Judge, n: int, form: HeadForm
) -> None:
    model = random_model(WITH_MAXIMA, 65, F32, MEAN)
    judged(node, judge, model, random_frames(np.random.default_rng(66), n, 4)[-WINDOW:], form)


def _dead(parts: Parts) -> None:
    for mlp in parts.mlps:
        mlp.b1[:] = -100


def _all_on(parts: Parts) -> None:
    for mlp in parts.mlps:
        mlp.b1[:] = 100


def _alternating(parts: Parts) -> None:
    for mlp in parts.mlps:
        mlp.w1[:] = np.where(np.arange(mlp.w1.shape[1]) % 2, 3, -3)
        mlp.w2[:] = np.where(np.arange(mlp.w2.shape[0]) % 2, 3, -3)[:, None]


def _one_unit(parts: Parts) -> None:
    """Only the last hidden unit leads from the first feature to the last one."""
    for mlp in parts.mlps:
        for part in mlp:
            part[:] = 0
        mlp.w1[0, -1] = 4
        mlp.w2[-1, -1] = 4


def _only_biases(parts: Parts) -> None:
    for mlp in parts.mlps:
        mlp.w1[:] = 0
        mlp.w2[:] = 0
        mlp.b2[:] = np.arange(1, len(mlp.b2) + 1)


def _units_that_cancel(parts: Parts) -> None:
    """What comes out is a thousandth of what is summed up."""
    for mlp in parts.mlps:
        mlp.b1[:] = 1000
        mlp.w2[3:] = -mlp.w2[:3]


def _stem_of_one_frame(parts: Parts) -> None:
    """Only the oldest of the frames is read, and only its last feature."""
    assert parts.stem is not None
    parts.stem.w1[:] = 0
    parts.stem.w1[3] = 2
    parts.stem.b1[:] = 0


def _stem_of_differences(parts: Parts) -> None:
    """Each frame against the one before, a thousand times larger than what comes out."""
    assert parts.stem is not None
    parts.stem.w1[:] = 0
    for i in range(4):
        parts.stem.w1[12 + i, i], parts.stem.w1[8 + i, i] = 1000, -1000
    parts.stem.w2[:] *= np.float32(1e-3)


def _scale_unlike_offset(parts: Parts) -> None:
    assert parts.affine is not None
    parts.affine.scale[:] = [2, -3, 0, 5]
    parts.affine.offset[:] = [-7, 0, 11, 0.5]


def _frame_scaled_away(parts: Parts) -> None:
    assert parts.affine is not None
    parts.affine.scale[:] = 1e-38
    parts.affine.offset[:] = 0


HARD: dict[str, Callable[[Parts], None]] = {
    "no unit is ever on": _dead,
    "every unit is on": _all_on,
    "units of alternating sign": _alternating,
    "one unit from the first feature to the last": _one_unit,
    "biases alone": _only_biases,
    "units that cancel": _units_that_cancel,
    "a stem that reads one feature of one frame": _stem_of_one_frame,
    "a stem of differences": _stem_of_differences,
    "scales unlike offsets": _scale_unlike_offset,
    "frames that become denormals": _frame_scaled_away,
}


@pytest.mark.parametrize("form", FORMS, ids=["direct", "folded"])
@pytest.mark.parametrize("name", HARD)
def test_logits_of_hard_weights(node: SensingNode, judge: Judge, name: str, form: HeadForm) -> None:
    model = changed(HARD[name], WITH_STEM)
    frames = random_frames(np.random.default_rng(56), WINDOW, 4)
    judged(node, judge, model, frames, form)


@pytest.mark.parametrize("form", FORMS, ids=["direct", "folded"])
def test_logits_of_frames_far_from_zero(node: SensingNode, judge: Judge, form: HeadForm) -> None:
    """What a standardisation is for: the mean is a hundred times what varies."""

    def standardise(parts: Parts) -> None:
        assert parts.affine is not None
        parts.affine.scale[:] = 1 / 0.7
        parts.affine.offset[:] = -100 / 0.7

    frames = 100 + 0.7 * random_frames(np.random.default_rng(64), WINDOW, 4)
    judged(node, judge, changed(standardise), frames, form)


def test_an_mlp_of_zeros_and_a_scale_of_one_change_no_bit(node: SensingNode, judge: Judge) -> None:
    plain_shape = dataclasses.replace(SMALL, mlp_width=0, input_affine=False)
    plain = random_model(plain_shape, 57)

    def same_attention(parts: Parts) -> None:
        assert parts.affine is not None
        parts.affine.scale[:], parts.affine.offset[:] = 1, 0
        for mlp in parts.mlps:
            for weights in mlp:
                weights[:] = 0
        for layer, own in zip(plain.parsed.parts.layers, parts.layers, strict=True):
            for theirs, ours in zip(layer, own, strict=True):
                ours[:] = theirs
        parts.classifier[:] = plain.parsed.parts.classifier

    extended = changed(same_attention)
    frames = random_frames(np.random.default_rng(58), WINDOW, 4)
    for form in FORMS:
        judge.same(
            f"logits, {form.name.lower()}",
            ("class",),
            classified(node, extended, frames, form),
            classified(node, plain, frames, form),
        )


@pytest.mark.parametrize("dtype", WeightDtype, ids=["float32", "float16"])
def test_any_alignment_gives_the_same_bits(
    node: SensingNode, judge: Judge, dtype: WeightDtype
) -> None:
    model = random_model(WITH_STEM, 59, dtype)
    frames = random_frames(np.random.default_rng(60), 20, 4)
    first, *others = (classified(node, model, frames, alignment=a) for a in range(4))
    for alignment, logits in enumerate(others, 1):
        judge.same(f"logits at alignment {alignment}", ("class",), logits, first)


def test_what_a_model_was_trained_on_changes_no_bit(node: SensingNode, judge: Judge) -> None:
    model = random_model(SMALL, 61)
    feed = Feed(FeedKind.SPECTRA, spectrum_hop=7, window_len=9)
    with_feed = Model(dataclasses.replace(model.parsed, feed=feed).serialize())
    frames = random_frames(np.random.default_rng(62), 20, 4)
    logits = classified(node, with_feed, frames)
    judge.same("logits", ("class",), logits, classified(node, model, frames))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    "part",
    ["affine.scale", "affine.offset"]
    + ["conv.w", "conv.b"]
    + [f"{of}.{part}" for of in ("stem", "mlp") for part in ("w1", "b1", "w2", "b2")],
)
def test_a_weight_that_is_not_finite_is_refused(node: SensingNode, part: str, value: float) -> None:
    def spoil(parts: Parts) -> None:
        of, _, name = part.partition(".")
        once = {"affine": parts.affine, "conv": parts.conv, "stem": parts.stem}
        found = (once | {"mlp": parts.mlps[-1]})[of]
        getattr(found, name).reshape(-1)[-1] = value

    with refused("ESP_ERR_INVALID_ARG", what=f"{part} with {value}"):
        classified(node, changed(spoil, CONVOLVED), random_frames(np.random.default_rng(63), 1, 4))


def _as_they_come(parts: Parts) -> None:
    """The first MLP gets the frames themselves."""
    assert parts.affine is not None
    parts.affine.scale[:], parts.affine.offset[:] = 1, 0
    if parts.stem is not None:
        parts.stem.w2[:], parts.stem.b2[:] = 0, 0
    parts.layers[0].wv[:] = 0


def _scale_too_large(parts: Parts) -> None:
    _as_they_come(parts)
    assert parts.affine is not None
    parts.affine.scale[2] = 3e38


def _unit_beyond(parts: Parts) -> None:
    _as_they_come(parts)
    parts.mlps[0].w1[0, 3] = 3e38


def _unit_below(parts: Parts) -> None:
    _as_they_come(parts)
    parts.mlps[0].w1[0, 3] = -3e38


def _unit_below_and_unused(parts: Parts) -> None:
    _unit_below(parts)
    parts.mlps[0].w2[3] = 0


def _sum_beyond(parts: Parts) -> None:
    _as_they_come(parts)
    parts.mlps[0].w1[:] = 1e19
    parts.mlps[0].w2[:] = 1e19


def _stem_unit_below(parts: Parts) -> None:
    _as_they_come(parts)
    assert parts.stem is not None
    for part in parts.stem:
        part[:] = 0
    parts.stem.w1[-4, 0] = -3e38


BEYOND: dict[str, Callable[[Parts], None]] = {
    "a scaled feature": _scale_too_large,
    "a hidden unit, far above 0": _unit_beyond,
    "a hidden unit, far below 0": _unit_below,
    "a hidden unit that nothing reads": _unit_below_and_unused,
    "the sum of hidden units": _sum_beyond,
    "a hidden unit of the stem": _stem_unit_below,
}


@pytest.mark.parametrize("form", FORMS, ids=["direct", "folded"])
@pytest.mark.parametrize("at", [0, 10, 19], ids=["first frame", "inner frame", "last frame"])
@pytest.mark.parametrize("sign", [1, -1], ids=["above", "below"])
def test_a_unit_of_a_convolution_that_leaves_the_range_is_an_error(
    node: SensingNode, sign: int, at: int, form: HeadForm
) -> None:
    def beyond(parts: Parts) -> None:
        assert parts.affine is not None and parts.conv is not None
        parts.affine.scale[:], parts.affine.offset[:] = 1, 0
        parts.conv.w[:, 2], parts.conv.b[:] = 0, 0
        parts.conv.w[8:, 2] = sign * 3e38

    frames = np.zeros((20, 4), np.float32)
    frames[at] = 5
    blob = changed(beyond, WITH_MAXIMA, pooling=MEAN)
    with refused("ESP_FAIL", what="a unit of the convolution"):
        classified(node, blob, frames, form)


@pytest.mark.parametrize("form", FORMS, ids=["direct", "folded"])
@pytest.mark.parametrize("at", [0, 10, 19], ids=["first token", "inner token", "last token"])
@pytest.mark.parametrize("name", BEYOND)
def test_what_leaves_the_range_is_an_error(
    node: SensingNode, name: str, at: int, form: HeadForm
) -> None:
    """Wherever the token is that does: others read it."""
    frames = np.zeros((20, 4), np.float32)
    frames[at] = 5
    model = changed(BEYOND[name], WITH_STEM)
    with refused("ESP_FAIL", what=name):
        classified(node, model, frames, form)
