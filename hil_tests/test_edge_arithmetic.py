"""What the edge features compute with: the logarithm, the Fourier transform."""

from __future__ import annotations

import numpy as np
import pytest

from harness.compare import Budget, Term
from harness.sensing.node import SensingNode
from hil_tests.support.judge import Judge
from kernels_ref.edge.bounded import log_error

UNIT = 2.0**-24
SMALLEST, LARGEST = (float(getattr(np.finfo(np.float32), name)) for name in ("tiny", "max"))


def log_points(which: str) -> np.ndarray:
    rng = np.random.default_rng(17)
    if which == "every size":
        found = 10.0 ** rng.uniform(-37.9, 38.5, 6000)
    elif which == "near one":
        found = 1.0 + np.arange(-3000, 3000) * UNIT
    elif which == "where its pieces meet":
        found = np.sqrt(2.0) * np.ldexp(1 + np.arange(-300, 300) * 2 * UNIT, 0)
        found = np.concatenate([found * 2.0**e for e in (-20, -2, -1, 0, 1, 2, 20)])
    else:
        found = np.array([SMALLEST, LARGEST, 1.0, 2.0, 0.5, 1e-6])
    return found.astype(np.float32)


@pytest.mark.parametrize("which", ["every size", "near one", "where its pieces meet", "the ends"])
def test_the_logarithm(node: SensingNode, judge: Judge, which: str) -> None:
    """Within what the twin takes as given."""
    x = log_points(which)
    truth = np.log(x.astype(np.float64))
    budget = Budget((Term("series", log_error(truth), "rounding of e log 2, quotient and series"),))
    judge.within(f"logarithm, {which}", ("point",), node.edge_log(x), truth, budget)


def test_the_logarithm_of_what_has_none(node: SensingNode) -> None:
    """What is too small, or no number, counts as the smallest there is."""
    least = float(node.edge_log([SMALLEST])[0])
    assert node.edge_log([0.0, -0.0, -1.0, 1e-40, float("nan")]).tolist() == [least] * 5
    assert node.edge_log([1.0]).tolist() == [0.0]


def compare_fft(node: SensingNode, judge: Judge, what: str, z: np.ndarray) -> None:
    given = z.astype(np.complex64).astype(np.complex128)
    truth = np.fft.fft(given)
    made = node.edge_fft(given)
    bound = 20 * UNIT * np.full(64, float(np.abs(given).sum()))
    budget = Budget((Term("20u", bound, "three stages of a turn and two additions"),))
    for part in ("real", "imag"):
        seen, wanted = getattr(made, part), getattr(truth, part)
        judge.within(f"transform of {what}, {part}", ("bin",), seen, wanted, budget)


def test_the_transform_of_pulses_is_the_table_of_turns(node: SensingNode, judge: Judge) -> None:
    """Each pulse shows one power of the root of unity in every bin."""
    for t in range(64):
        compare_fft(node, judge, f"a pulse at {t}", np.eye(64)[t])


@pytest.mark.parametrize("kind", ["noise", "tones", "large", "small", "alternating"])
def test_the_transform(node: SensingNode, judge: Judge, kind: str) -> None:
    rng = np.random.default_rng(len(kind))
    t = np.arange(64)
    noise = rng.normal(size=64) + 1j * rng.normal(size=64)
    tones = sum(np.exp(2j * np.pi * f * t / 64) for f in (0, 1, 17, 32, 33, 63))
    chosen = {
        "noise": noise,
        "tones": tones,
        "large": noise * 2.0**30,
        "small": noise * 2.0**-30,
        "alternating": (-1.0) ** t,
    }
    compare_fft(node, judge, kind, np.asarray(chosen[kind]))
