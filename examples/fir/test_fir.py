"""A filter on the device, compared with scipy's, in float and in Q15."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from harness.compare import absolute, dot
from harness.node import Node
from harness.plugin.fixtures import ExpectClose, Measure


@pytest.mark.parametrize(("n", "n_taps"), [(1, 1), (100, 32), (1000, 5), (7, 20)])
def test_float(node: Node, expect_close: ExpectClose, n: int, n_taps: int) -> None:
    rng = np.random.default_rng(n)
    x, taps = (rng.standard_normal(size).astype(np.float32) for size in (n, n_taps))
    wide_x, wide_taps = x.astype(np.float64), taps.astype(np.float64)
    budget = dot(n_taps, lfilter(np.abs(wide_taps), 1.0, np.abs(wide_x)))
    y = node.call("fir_f32", x=x, taps=taps).y
    expect_close(y, lfilter(wide_taps, 1.0, wide_x), budget, "fir", ["sample"])


@pytest.mark.parametrize("loudness", [0.1, 1.0])
def test_q15(node: Node, expect_close: ExpectClose, measure: Measure, loudness: float) -> None:
    """Exactly equal: rounded once, and saturated if the signal is too loud."""
    rng = np.random.default_rng(15)
    x = rng.uniform(-32768 * loudness, 32767 * loudness, 500).astype(np.int16)
    taps = rng.integers(-32768, 32767, 24).astype(np.int16)
    result = node.call("fir_q15", x=x, taps=taps)
    exact = np.floor(lfilter(taps.astype(float), 1.0, x.astype(float)) / 32768 + 0.5)
    expect_close(result.y, exact.clip(-32768, 32767), absolute(0), "fir", ["sample"])
    measure(f"q15 a sample at {loudness:g}", result.cycles / len(x), "cycles")
