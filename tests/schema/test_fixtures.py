"""The committed fixtures are what the maker makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.sensing.golden_files import make_fixtures, seeded
from kernels_ref import WeightBlob, init_random_blob
from tests.oracle import twin

COMMITTED = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {path.name: path for path in make_fixtures(tmp_path_factory.mktemp("fixtures") / "new")}


def same(committed: Any, made: Any) -> bool:
    """Equal, with floats within 1e-12: another processor may round a sum another way."""
    if isinstance(committed, dict):
        return committed.keys() == made.keys() and all(same(committed[x], made[x]) for x in made)
    if isinstance(committed, list):
        return len(committed) == len(made) and all(map(same, committed, made))
    if isinstance(committed, float):
        return abs(committed - made) <= 1e-12
    return bool(committed == made)


def test_the_folder_holds_nothing_else(made: dict[str, Path]) -> None:
    trained = {"models"}
    assert {path.name for path in COMMITTED.iterdir()} == set(made) | trained


def test_every_file_is_what_the_maker_makes(made: dict[str, Path]) -> None:
    for name, path in made.items():
        committed, new = (COMMITTED / name).read_bytes(), path.read_bytes()
        if path.suffix == ".json":
            assert same(json.loads(committed), json.loads(new)), name
        else:
            assert committed == new, name
        assert b"\r" not in committed or path.suffix in (".rvne", ".pcap")


def test_the_maker_repeats_itself(made: dict[str, Path], tmp_path: Path) -> None:
    for path in make_fixtures(tmp_path):
        assert path.read_bytes() == made[path.name].read_bytes()


def test_a_changed_float_is_noticed() -> None:
    assert same({"a": [1.0, 2]}, {"a": [1.0 + 5e-13, 2]})
    assert not same({"a": [1.0, 2]}, {"a": [1.0 + 2e-12, 2]})
    assert not same({"a": [1.0]}, {"a": [1.0, 2.0]})


def test_the_blobs_load() -> None:
    blobs = sorted(COMMITTED.glob("*.rvne"))
    assert len(blobs) == 4
    for path in blobs:
        assert WeightBlob.parse(path.read_bytes()).serialize() == path.read_bytes()
    assert (COMMITTED / "reference_float32.rvne").read_bytes() == init_random_blob()


def test_the_golden_attention_is_the_twins() -> None:
    for case in json.loads((COMMITTED / "golden_attention.json").read_text()):
        pattern = case["pattern"]
        p = twin.Pattern(
            pattern["window"],
            pattern["block_size"],
            tuple(pattern.get("global_tokens", (0,))),
            pattern.get("causal", True),
            pattern.get("use_log_stride", True),
            pattern.get("use_landmarks", True),
        )
        q, k, v = (
            seeded(x["seed"], tuple(x["shape"]), x["scale"]) for x in case["inputs"].values()
        )
        want = twin.sparse(q, k, v, p)
        # half a unit of the 13th decimal, and rounding
        np.testing.assert_allclose(case["out"], want, rtol=0, atol=6e-14, err_msg=case["name"])


def test_inputs_follow_the_rule_in_the_readme() -> None:
    """The generator written again, for one tensor."""
    state, values = 7, []
    for _ in range(6):
        state ^= state << 13 & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 7
        state ^= state << 17 & 0xFFFFFFFFFFFFFFFF
        high = state * 0x2545F4914F6CDD1D % 2**64 >> 32
        unit = np.float32(np.float32(high) / np.float32(4294967295))
        half = np.float32(unit - np.float32(0.5))
        values.append(np.float32(np.float32(half * np.float32(2)) * np.float32(1.5)))
    np.testing.assert_array_equal(seeded(7, (2, 3), 1.5).ravel(), values)
