"""The classifier against the oracle, and its way from and to blobs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kernels_ref.blob import WeightBlob
from kernels_ref.blob_errors import BlobError, InvalidShape
from kernels_ref.blob_header import Flag, Pooling, WeightDtype
from kernels_ref.blob_layout import ModelShape
from kernels_ref.errors import NonFinite, ShapeMismatch
from kernels_ref.reference_blob import init_random_blob
from tests.training.mistakes import explained, logits_of
from tests.training.models import KINDS, SHAPES, SPECTRA, frames, random_model
from training.classifier import InputAffine, TemporalClassifierModule

FLAGS = {
    Flag.INPUT_AFFINE: ("affine", "all"),
    Flag.STEM: ("stem", "all"),
    Flag.MLP: ("mlp", "all"),
    Flag.CONV: ("conv", "maxima", "all"),
}
FLOAT64_BUDGET = 1e-11
FLOAT32_BUDGET = 2e-6
"""Of the largest logit of the oracle in float64."""


@pytest.mark.parametrize("dtype", WeightDtype)
@pytest.mark.parametrize(("name", "extensions", "pooling"), KINDS)
def test_an_exported_model_is_the_oracle_s(
    name: str, extensions: str, pooling: Pooling, dtype: WeightDtype, tmp_path: Path
) -> None:
    model = random_model(name, extensions, pooling)
    path = tmp_path / "model.rvne"
    blob = model.export_rvne(path, dtype)
    assert path.read_bytes() == blob.serialize()
    assert (blob.dtype, blob.pooling, blob.feed) == (dtype, pooling, SPECTRA)
    for flag, those in FLAGS.items():
        assert bool(blob.flags & flag) == (extensions in those)

    x = frames(3, 70, SHAPES[name].input_dim)
    expected = logits_of(blob, x.numpy())
    largest = np.abs(expected).max()
    again = TemporalClassifierModule.from_rvne(path)
    with torch.no_grad():
        out = model(x).numpy()
        # What float16 rounds moves the logits too, but less than any mistake.
        if not np.abs(out - expected).max() <= 1e-2 * max(1, largest):
            pytest.fail(explained(blob, x.numpy(), out))
        assert np.abs(again(x).numpy() - expected).max() <= FLOAT32_BUDGET * largest
        wide = again.double()(x.double()).numpy()
        assert np.abs(wide - expected).max() <= FLOAT64_BUDGET * largest
        if dtype is WeightDtype.FLOAT32:
            assert np.abs(model(x).numpy() - expected).max() <= FLOAT32_BUDGET * largest


@pytest.mark.parametrize("dtype", WeightDtype)
@pytest.mark.parametrize(("name", "extensions", "pooling"), KINDS)
def test_a_blob_comes_back_byte_for_byte(
    name: str, extensions: str, pooling: Pooling, dtype: WeightDtype
) -> None:
    data = random_model(name, extensions, pooling).to_blob(dtype).serialize()
    model = TemporalClassifierModule.from_blob(WeightBlob.parse(data))
    assert model.to_blob(dtype).serialize() == data


def test_the_reference_blob_comes_back_byte_for_byte() -> None:
    data = init_random_blob()
    model = TemporalClassifierModule.from_blob(WeightBlob.parse(data))
    assert model.to_blob(WeightDtype.FLOAT32).serialize() == data


def test_a_trained_model_keeps_its_numbers_in_float64_too(tmp_path: Path) -> None:
    """Training in float64 exports like training in float32."""
    model = random_model()
    path = tmp_path / "model.rvne"
    assert model.double().export_rvne(path).serialize() == random_model().to_blob().serialize()


@pytest.mark.parametrize("value", [1e6, torch.nan, torch.inf])
def test_a_weight_that_the_type_cannot_hold_is_refused(value: float, tmp_path: Path) -> None:
    model = random_model()
    with torch.no_grad():
        model.classifier.weight[0, 0] = value
    with pytest.raises(InvalidShape, match="weights"):
        model.export_rvne(tmp_path / "model.rvne")
    assert not (tmp_path / "model.rvne").exists()


def test_what_is_no_blob_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.rvne"
    path.write_bytes(random_model().to_blob().serialize()[:-1])
    with pytest.raises(BlobError):
        TemporalClassifierModule.from_rvne(path)
    with pytest.raises(InvalidShape, match="n_classes"):
        TemporalClassifierModule(ModelShape(16, 4, 1, 32, 2, 1))


@pytest.mark.parametrize("shape", [(16,), (0, 16), (2, 0, 16), (5, 15), (1, 1, 5, 16)])
def test_frames_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeMismatch, match="frames"):
        random_model()(torch.zeros(shape))


def test_frames_that_are_not_finite_are_refused() -> None:
    x = frames(8, 16)
    x[3, 2] = torch.nan
    with pytest.raises(NonFinite, match=r"frames\[3, 2\]"):
        random_model()(x)


@pytest.mark.parametrize("pooling", Pooling)
def test_a_batch_is_its_windows_one_by_one(pooling: Pooling) -> None:
    model = random_model(pooling=pooling)
    x = frames(4, 90, 16)
    with torch.no_grad():
        together = model(x)
        alone = torch.stack([model(window) for window in x])
    assert together.shape == (4, 4)
    assert (together - alone).abs().max() <= FLOAT32_BUDGET * together.abs().max()


def test_every_weight_has_its_gradient() -> None:
    model = random_model("groups").double()
    x = frames(2, 11, 6).double()
    names = [name for name, p in model.named_parameters() if p.requires_grad]
    weights = [p for p in model.parameters() if p.requires_grad]

    def logits(*given: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(model, dict(zip(names, given, strict=True)), (x,))

    assert len(names) == 2 + 4 + 3 * 8 + 1, "all but scale and offset"
    assert torch.autograd.gradcheck(logits, weights, fast_mode=True)


def test_a_model_learns_what_one_token_far_back_says() -> None:
    """Which of two marks the first frame bears is told apart after 100 frames that bear none."""
    torch.manual_seed(0)
    shape = ModelShape(4, 2, 1, 8, 1, 2, 8, True)
    model = TemporalClassifierModule(shape)
    labels = torch.arange(32) % 2
    x = torch.randn(32, 101, 4) * 0.1
    x[:, 0, 1] += labels * 4.0 - 2.0
    model.affine.standardise(x)
    optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 0.01)
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(x), labels).backward()
        optimiser.step()
    exported = TemporalClassifierModule.from_blob(model.to_blob())
    assert (exported(x).argmax(dim=1) == labels).all()


def test_the_same_seed_trains_the_same_bytes() -> None:
    def once() -> bytes:
        torch.manual_seed(4)
        model = TemporalClassifierModule(ModelShape(4, 2, 1, 8, 1, 2, 8))
        optimiser = torch.optim.Adam(model.parameters(), 0.01)
        for _ in range(3):
            optimiser.zero_grad()
            x = torch.randn(8, 40, 4)
            model(x).square().sum().backward()
            optimiser.step()
        return model.to_blob(WeightDtype.FLOAT32).serialize()

    assert once() == once()


def test_standardised_frames_have_mean_0_and_deviation_1() -> None:
    affine = InputAffine(3)
    x = frames(5, 40, 3) * torch.tensor([2.0, 0.0, 100.0]) + torch.tensor([7.0, 5.0, -3.0])
    affine.standardise(x)
    out = affine(x).reshape(-1, 3)
    assert out.mean(dim=0).abs().max() <= 1e-5
    deviation = out.std(dim=0, correction=0)
    assert torch.allclose(deviation, torch.tensor([1.0, 0.0, 1.0]), atol=1e-5)
