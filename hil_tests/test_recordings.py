"""What a board's radio delivered, heard by the node: the same bits as this machine's library."""

from __future__ import annotations

import numpy as np
import pytest

from harness.node import CycleUnit
from harness.plugin.fixtures import Measure
from harness.sensing.edge_library import EdgeLibrary, open_edge_library
from harness.sensing.node import SensingNode
from harness.sensing.recordings.frames import Frames, Recording
from harness.sensing.recordings.manifest import NOT_SET, data_folder, read_folder
from harness.sensing.sense import cost
from harness.sensing.structs.edge import EdgeFeatures
from hil_tests.support.recordings import a_few, beginning
from kernels_ref.edge.config import BIN_US, CsiFrame, EdgeConfig

pytestmark = [pytest.mark.needs("memory", 96 * 1024), pytest.mark.edge_alone]

CONFIG = EdgeConfig(calibration_ms=8_000, spectrum_every=10)
"""Short enough that the node says what it says of a room that it knows."""


def few() -> list[object]:
    folder = data_folder()
    if folder is None:
        return [pytest.param(None, marks=pytest.mark.skip(reason=NOT_SET), id="recordings")]
    return [pytest.param(recording, id=str(recording)) for recording in a_few(read_folder(folder))]


@pytest.fixture(scope="module")
def library() -> EdgeLibrary:
    return open_edge_library()


def as_node_frames(frames: Frames) -> list[CsiFrame]:
    return [
        CsiFrame(
            ts_us=int(frames.us[i]),
            iq=frames.iq[i, : frames.length[i]].reshape(-1, 2),
            n_subcarriers=int(frames.length[i]) // 2,
            channel=frames.channel,
            mac=frames.senders[frames.sender[i]],
            rssi=int(frames.rssi[i]),
            noise_floor=0,
            layout=int(frames.layout[i]),
        )
        for i in range(len(frames))
    ]


def bins_completed(frames: Frames) -> np.ndarray:
    """How many bins of 20 ms each frame completes, [n]; 1 for one that completes none."""
    bins = np.diff(frames.us // BIN_US, prepend=frames.us[0] // BIN_US - 1)
    return np.maximum(bins, 1)


def bits(features: EdgeFeatures, names: tuple[str, ...]) -> list[object]:
    return [np.asarray(getattr(features, name)).astype(np.float64).tolist() for name in names]


@pytest.mark.parametrize("recording", few())
def test_a_recording(
    node: SensingNode, measure: Measure, library: EdgeLibrary, recording: Recording
) -> None:
    frames = beginning(recording.frames())
    right = library.session(CONFIG).push(frames)
    with node.edge(CONFIG) as edge:
        measure(f"{cost.STATE}, {recording}", edge.context_bytes, "bytes", cost.STATE_BYTES)
        seen = edge.push(as_node_frames(frames))
    names = right.dtype.names
    assert names
    for i, result in enumerate(seen):
        assert result.error == 0
        expected = [right[name][i].astype(np.float64).tolist() for name in names]
        told = bits(result.features, names)
        differ = [name for name, a, b in zip(names, told, expected, strict=True) if a != b]
        assert not differ, (
            f"{recording}, frame {i}: {differ} differ: node {told}, library {expected}"
        )
    unit = CycleUnit(node.status().cycle_unit)
    if unit is CycleUnit.NONE:
        return
    cycles = np.array([result.cycles for result in seen], np.float64)
    bins = bins_completed(frames)
    counted = unit.name.lower()
    limits: tuple[int | None, int | None] = (None, None)
    if unit is CycleUnit.INSTRUCTIONS:
        limits = (cost.MEAN_INSTRUCTIONS, cost.MAX_INSTRUCTIONS)
    measure(f"{cost.MEAN}, {recording}", float(cycles.sum() / bins.sum()), counted, limits[0])
    measure(f"{cost.MAX}, {recording}", float((cycles / bins).max()), counted, limits[1])
    measure(f"{cost.AS_IT_CAME}, {recording}", float(cycles.max()), counted)
