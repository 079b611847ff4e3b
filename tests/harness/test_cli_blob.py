"""`hil blob`"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from harness.cli.app import run_cli
from kernels_ref import Feed, FeedKind, WeightBlob, init_random_blob


def test_init_without_options_is_the_reference_blob(tmp_path: Path) -> None:
    file = tmp_path / "a.rvne"
    assert run_cli(["blob", "init", str(file)]) == 0
    assert file.read_bytes() == init_random_blob()


def test_init_makes_the_folder_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "build" / "models" / "a.rvne"
    assert run_cli(["blob", "init", str(file)]) == 0
    assert file.read_bytes() == init_random_blob()


def test_init_takes_shape_dtype_and_pooling(tmp_path: Path) -> None:
    file = tmp_path / "a.rvne"
    options = ["--head-dim", "8", "--n-classes", "3", "--dtype", "float16", "--pooling", "mean"]
    assert run_cli(["blob", "init", str(file), *options]) == 0
    parsed = WeightBlob.parse(file.read_bytes())
    assert (parsed.shape.head_dim, parsed.shape.n_classes) == (8, 3)
    assert (parsed.dtype.name, parsed.pooling.name) == ("FLOAT16", "MEAN")


def test_init_takes_what_stands_behind_flags(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.rvne"
    options = ["--mlp-width", "5", "--input-affine", "--feed", "spectra", "--window-len", "64"]
    options += ["--stem-taps", "4", "--stem-width", "9", "--pooling", "mean", "--max-pooling"]
    options += ["--conv-taps", "5", "--conv-stride", "2", "--conv-width", "12"]
    assert run_cli(["blob", "init", str(file), *options]) == 0
    parsed = WeightBlob.parse(file.read_bytes())
    assert (parsed.shape.mlp_width, parsed.shape.input_affine) == (5, True)
    assert (parsed.shape.stem_taps, parsed.shape.stem_width) == (4, 9)
    conv = (parsed.shape.conv_taps, parsed.shape.conv_stride, parsed.shape.conv_width)
    assert (conv, parsed.shape.max_pooling) == ((5, 2, 12), True)
    assert parsed.feed == Feed(FeedKind.SPECTRA, spectrum_hop=10, window_len=64)
    capsys.readouterr()
    assert run_cli(["blob", "inspect", "--json", str(file)]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["mlp_width"], facts["input_affine"], facts["feed"]) == (5, True, "spectra")
    assert (facts["spectrum_hop"], facts["window_len"]) == (10, 64)
    assert run_cli(["blob", "verify", str(file)]) == 0


def test_init_overwrites_only_when_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.rvne"
    file.write_text("precious")
    assert run_cli(["blob", "init", str(file)]) == 2
    assert "Use --force" in capsys.readouterr().err
    assert file.read_text() == "precious"
    assert run_cli(["blob", "init", str(file), "--force"]) == 0


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--n-kv-heads", "3"], "n_kv_heads is 3, expected a divisor of n_q_heads 4"),
        (["--n-classes", "1"], "n_classes is 1"),
        (["--input-dim", "65535", "--head-dim", "65535"], "weights are too many"),
        (["--dtype", "float8"], "float8"),
        (["--mlp-width", "256"], "mlp_width is 256, expected 1 to 255"),
        (["--stem-taps", "17", "--stem-width", "1"], "stem_taps is 17, expected 1 to 16"),
        (["--stem-taps", "4"], "stem_width is 0, expected 1 to 255"),
        (["--conv-taps", "4", "--conv-width", "4"], "conv_stride is 0, expected 1 to 16"),
        (
            ["--conv-taps", "4", "--conv-stride", "1", "--conv-width", "4", "--max-pooling"],
            "max_pooling is 1, expected 0, as the last token is classified",
        ),
        (["--feed", "spectra", "--spectrum-hop", "0"], "spectrum_hop is 0"),
        (["--feed", "states", "--window-len", "0"], "window_len is 0"),
    ],
)
def test_init_refuses_an_impossible_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str], message: str
) -> None:
    file = tmp_path / "a.rvne"
    assert run_cli(["blob", "init", str(file), *option]) == 2
    assert message in capsys.readouterr().err
    assert not file.exists()


def test_inspect_shows_the_header(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.rvne"
    file.write_bytes(init_random_blob())
    assert run_cli(["blob", "inspect", str(file)]) == 0
    assert "0xDC807956" in capsys.readouterr().out
    assert run_cli(["blob", "inspect", "--json", str(file)]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["input_dim"], facts["weights"], facts["bytes"]) == (16, 10304, 41244)


def test_verify_names_the_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, damaged = tmp_path / "good.rvne", tmp_path / "damaged.rvne"
    data = bytearray(init_random_blob())
    good.write_bytes(data)
    data[1000] ^= 1
    damaged.write_bytes(data)
    assert run_cli(["blob", "verify", str(good)]) == 0
    assert run_cli(["blob", "verify", str(good), str(damaged)]) == 1
    assert f"{damaged}: CrcMismatch" in capsys.readouterr().out


def test_verify_finds_a_weight_that_is_not_finite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blob = WeightBlob.parse(init_random_blob())
    weights = blob.weights.copy()
    weights[77] = np.nan
    file = tmp_path / "nan.rvne"
    file.write_bytes(WeightBlob(blob.shape, weights, blob.dtype, blob.pooling).serialize())
    assert run_cli(["blob", "verify", str(file)]) == 1
    assert "weight 77 is nan" in capsys.readouterr().out
