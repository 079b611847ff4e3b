"""The head's self-test: its known logits are the oracle's, and the library passes it."""

from __future__ import annotations

import ctypes
import dataclasses
import re

import numpy as np
import numpy.typing as npt
import pytest

from harness.sensing.kernel_library import build_libraries
from harness.target import project_root
from kernels_ref import ModelShape, Pooling, WeightBlob, WeightDtype
from kernels_ref.classifier import TemporalClassifier

SOURCE = project_root() / "firmware/components/ruv_temporal/src/self_test_model.c"
TEXT = SOURCE.read_text(encoding="utf-8")


def number(name: str) -> int:
    """A constant of the source."""
    found = re.search(rf"\b{name} = (\w+),", TEXT)
    assert found, f"{SOURCE.name} has no {name}"
    return int(found[1])


def known_numbers(seed: int, n: int) -> npt.NDArray[np.float64]:
    """As ruv_known_number makes them."""
    values = np.empty(n)
    for i in range(n):
        seed = (seed * 1664525 + 1013904223) % 2**32
        values[i] = ((seed >> 24) - 128) / 64
    return values


def known_model(pooling: Pooling) -> WeightBlob:
    """As make_blob makes it."""
    shape = ModelShape(
        input_dim=number("D"),
        n_q_heads=number("HQ"),
        n_kv_heads=number("HKV"),
        head_dim=number("HEAD"),
        n_layers=number("LAYERS"),
        n_classes=number("CLASSES"),
        mlp_width=number("HIDDEN"),
        input_affine=True,
        stem_taps=number("TAPS"),
        stem_width=number("STEM"),
    )
    if pooling is Pooling.MEAN:
        shape = dataclasses.replace(
            shape,
            conv_taps=number("CONV_TAPS"),
            conv_stride=number("STRIDE"),
            conv_width=number("D"),
            max_pooling=True,
        )
    weights = (known_numbers(4, shape.n_weights) / 4).astype(np.float16)
    return WeightBlob(shape, weights, WeightDtype.FLOAT16, pooling)


@pytest.mark.parametrize("pooling", Pooling)
def test_the_known_logits_are_the_oracle_s(pooling: Pooling) -> None:
    blob = known_model(pooling)
    dim = blob.shape.input_dim
    frames = known_numbers(5, number("N") * dim).reshape(-1, dim)
    logits = TemporalClassifier.from_blob(blob).logits(frames)
    found = re.search(rf"\b{pooling.name.lower()} = {{[^{{}}]*{{(.*?)}}}};", TEXT, re.DOTALL)
    assert found
    known = [float(word.rstrip("f")) for word in found[1].split(", ")]
    expected = logits.astype(np.float32)
    assert np.array_equal(np.array(known, np.float32), expected), ", ".join(map(str, expected))


def test_the_library_passes_its_self_test() -> None:
    library = ctypes.CDLL(str(build_libraries() / "libruv_temporal_host.so"))
    assert library.ruv_temporal_kernel_self_test() == 0
