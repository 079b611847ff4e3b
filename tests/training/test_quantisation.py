"""What coarser weights and a coarser cache cost: rounding, bytes and figures of the study."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from kernels_ref.blob import WeightBlob
from kernels_ref.blob_errors import InvalidShape
from kernels_ref.blob_header import WeightDtype
from kernels_ref.blob_layout import cut
from tests.training.mistakes import logits_of as oracle_logits
from tests.training.models import SHAPES, frames, random_model
from training.quantisation import INT8_MAX, Variant, costs, in_int8, logits_of, main, variants


def made_windows(count: int, label: int = 0) -> list[Any]:
    """Windows of normal numbers, all of one label."""
    features = frames(count, 30, 16).numpy()
    return [SimpleNamespace(label=label, features=values) for values in features]


def blob_of(dtype: WeightDtype = WeightDtype.FLOAT16) -> WeightBlob:
    """A model with every extension."""
    return random_model().to_blob(dtype)


@pytest.mark.parametrize("axis", [0, 1])
def test_int8_is_half_a_step_off_at_most_and_a_byte_a_weight(axis: int) -> None:
    blob = blob_of()
    rounded, stored = in_int8(blob, axis)
    before, after = (cut(each.shape, each.weights.astype(np.float64)) for each in (blob, rounded))
    expected = 0
    for (name, old), (_, new) in zip(_parts(before), _parts(after), strict=True):
        if old.ndim == 1:
            assert np.array_equal(old, new), name
            expected += 2 * old.size
            continue
        step = np.abs(old).max(axis=axis, keepdims=True) / INT8_MAX
        # A scale is rounded up to float16 itself.
        assert (np.abs(new - old) <= 0.5 * step * (1 + 2**-10)).all(), name
        expected += old.size + 2 * step.size
    assert stored == expected


def test_a_row_of_zeros_stays_zero() -> None:
    model = random_model()
    model.classifier.weight.data.zero_()
    rounded, _ = in_int8(model.to_blob(), 1)
    assert not rounded.parts.classifier.any()


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("most", [1e-8, 1e-6, 3e-5, 1e-2, 60000.0])
def test_weights_of_any_size_are_half_a_step_off_at_most(axis: int, most: float) -> None:
    """Too small for a scale in float16 as well: the smallest scale that there is stands in."""
    model = random_model()
    weight = model.classifier.weight.data
    weight *= most / weight.abs().max()
    blob = model.to_blob()
    rounded, _ = in_int8(blob, axis)
    old, new = (each.parts.classifier.astype(np.float64) for each in (blob, rounded))
    step = np.abs(old).max(axis=axis, keepdims=True) / INT8_MAX
    assert (np.abs(new - old) <= 0.5 * np.maximum(step * (1 + 2**-10), step + 2**-24)).all()


def test_what_float16_cannot_hold_is_refused() -> None:
    model = random_model()
    model.classifier.weight.data[0, 0] = 1e7
    with pytest.raises(InvalidShape, match="65504"):
        in_int8(model.to_blob(), 1)


def test_the_model_as_it_is_computes_the_oracle_s_logits() -> None:
    blob = blob_of()
    windows = made_windows(3)
    logits = logits_of(Variant("as it is", blob, 0), windows)
    expected = oracle_logits(blob, np.stack([window.features for window in windows]))
    assert np.abs(logits - expected).max() <= 1e-11 * np.abs(expected).max()


@pytest.mark.parametrize("dtype", WeightDtype)
def test_every_variant_has_its_cost_beside_the_model_as_it_is(dtype: WeightDtype) -> None:
    blob = blob_of(dtype)
    found = {cost.variant.name: cost for cost in costs(blob, made_windows(20))}
    assert list(found) == [variant.name for variant in variants(blob)]
    first, *others = found.values()
    assert (first.changed, first.logit_error) == (0, 0)
    assert first.variant.weight_bytes == blob.weights.nbytes
    shape = SHAPES["default"]
    assert first.cache_bytes == shape.n_layers * 15 * 2 * shape.head_dim * 4, "30 frames, stride 2"
    for other in others:
        assert 0 < other.logit_error < 1, other
        assert (
            other.variant.weight_bytes * (2 if "int8" in other.variant.name else 1)
            <= 1.2 * first.variant.weight_bytes
        )
        assert first.cache_bytes // other.cache_bytes == (2 if "cache" in other.variant.name else 1)
    assert ("float16" in found) == (dtype is WeightDtype.FLOAT32)
    by_row = found["int8, a scale a row"]
    assert by_row.logit_error > found[f"{dtype.name.lower()}, cache float16"].logit_error


def test_what_cannot_be_judged_ends_in_a_sentence(tmp_path: Any) -> None:
    model = tmp_path / "model.rvne"
    for data, word in ((b"ENVR", "length is 4 B"), (blob_of().serialize(), "model.json")):
        model.write_bytes(data)
        done = CliRunner().invoke(main, [str(model), "--data", str(tmp_path)])
        assert done.exit_code == 1
        assert word in done.output and "Traceback" not in done.output


def _parts(parts: Any) -> list[tuple[str, Any]]:
    found = [("scale", parts.affine.scale), ("offset", parts.affine.offset)]
    once = (("conv", [parts.conv]), ("stem", [parts.stem]))
    for name, kinds in (*once, ("layer", parts.layers), ("mlp", parts.mlps)):
        found += [
            (f"{name}.{field}", getattr(kind, field)) for kind in kinds for field in kind._fields
        ]
    return [*found, ("classifier", parts.classifier)]
