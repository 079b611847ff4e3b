"""The edge features: the same bits everywhere, and what they cost."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest

from harness.plugin.fixtures import Measure
from harness.sensing.node import SensingNode
from hil_tests.support.edge import at_rate, noise, patterned, play, untold
from hil_tests.support.judge import Judge
from kernels_ref.edge.config import CsiFrame, EdgeConfig
from kernels_ref.edge.mock import PAIRS, Scenario

MEMORY = pytest.mark.needs("memory", 96 * 1024)


# ---- bits and cost ------------------------------------------------------------------------------


def plain_frames(n: int) -> list[CsiFrame]:
    """A slow wave and a fast one over a generator's noise, in integers only."""
    frames, state = [], 12345
    for i in range(n):
        samples = []
        for k in range(24):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            wave = abs((i * 7 + 5 * k) % 160 - 80) - 40
            samples.append((90 - k, wave + (state >> 16) % 5 - 2))
        frames.append(CsiFrame(50_000 * i, np.array(samples, np.int8), 24))
    return frames


FEATURES_CRC = 0xD0F4C411


@MEMORY
def test_features_are_the_same_bits_everywhere(node: SensingNode) -> None:
    """On every target, every time."""
    with node.edge(EdgeConfig(calibration_ms=3_000, spectrum_every=10)) as edge:
        seen = edge.push(plain_frames(600))
    data = b"".join(replace(f, cycles=0).build() for f in seen)
    made = zlib.crc32(data)
    assert made == FEATURES_CRC, f"the features' checksum is {made:#010x}, not {FEATURES_CRC:#010x}"


@MEMORY
@pytest.mark.parametrize("width", [64, 256])
def test_cost_of_a_frame(node: SensingNode, measure: Measure, width: int) -> None:
    """Of every frame of twelve seconds, so that each of the periodic estimates is among them."""
    frames = play(Scenario.STATIC_PERSON, 9, 10.0, 20.0)
    frames = at_rate(frames if width == PAIRS else untold(frames, width), 50.0)
    with node.edge(EdgeConfig(calibration_ms=4_000, spectrum_every=10)) as edge:
        seen = edge.push(frames)
        measure("edge context", edge.context_bytes, "bytes")
    cycles = np.array([f.cycles for f in seen])
    unit = node.status().cycle_unit.name.lower()
    measure(f"edge frame, {width} subcarriers, mean", float(cycles.mean()), unit)
    measure(f"edge frame, {width} subcarriers, most", float(cycles.max()), unit)
    assert all(f.error == 0 for f in seen)


@MEMORY
def test_the_same_frames_give_the_same_bits_twice(node: SensingNode, judge: Judge) -> None:
    frames = patterned(noise, 60, 32, 77)
    runs = []
    for _ in range(2):
        with node.edge(EdgeConfig(calibration_ms=1_000, spectrum_every=10)) as edge:
            runs.append(
                np.array(
                    [r.features.vector + r.features.spectrum for r in edge.push(frames)],
                    np.float32,
                )
            )
    judge.same("features", ("frame", "feature"), *runs)
