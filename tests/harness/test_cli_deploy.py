"""`hil deploy` before there is a node, and what is left of it afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.app import run_cli
from harness.sensing.deploy.model import LastDeployed, read_model
from kernels_ref import init_random_blob


@pytest.fixture
def blob(tmp_path: Path) -> Path:
    path = tmp_path / "some.rvne"
    path.write_bytes(init_random_blob())
    return path


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: data[:20], "is not a usable model: length is 20 B"),
        (lambda data: data[:-1], "is not a usable model: length is"),
        (lambda data: data[:30] + b"\x01" + data[31:], "the file is damaged, copy it again"),
        (lambda data: b"PNG" + data[3:], "this is no .rvne file"),
    ],
    ids=["cut off", "a byte short", "damaged", "something else"],
)
def test_what_is_no_model_is_refused_before_anything_is_built(
    blob: Path, damage: object, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(damage)
    blob.write_bytes(damage(blob.read_bytes()))
    assert run_cli(["deploy", str(blob)]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert "building" not in said.out + said.err


def test_a_file_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["deploy", str(tmp_path / "none.rvne")]) == 2
    assert "none.rvne cannot be read: No such file" in capsys.readouterr().err


def test_the_last_one_is_kept_with_its_card_and_no_other(blob: Path, tmp_path: Path) -> None:
    last = LastDeployed(tmp_path / "build")
    assert last.find() is None
    blob.with_suffix(".json").write_text("{}")
    kept = last.note(read_model(blob))
    assert last.find() == kept
    assert kept.read_bytes() == blob.read_bytes()
    assert kept.with_suffix(".json").read_text() == "{}"
    other = blob.with_name("other.rvne")
    other.write_bytes(blob.read_bytes())
    last.note(read_model(other))
    assert sorted(path.name for path in last.folder.iterdir()) == ["other.rvne"]


def test_the_model_that_is_kept_can_be_deployed_again(blob: Path, tmp_path: Path) -> None:
    """It is read before its folder is emptied."""
    last = LastDeployed(tmp_path / "build")
    blob.with_suffix(".json").write_text('{"task": "x"}')
    kept = last.note(read_model(blob))
    assert last.note(read_model(kept)) == kept
    assert kept.with_suffix(".json").read_text() == '{"task": "x"}'
