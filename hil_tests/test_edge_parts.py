"""What the edge features are made of: the codec; and their bits and cost."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest

from harness.node import Node
from harness.plugin.fixtures import Measure
from hil_tests.support.edge import noise, patterned, play
from hil_tests.support.judge import Judge
from hil_tests.support.refusal import refused
from kernels_ref.edge.config import EdgeConfig
from kernels_ref.edge.frames import CsiFrame
from kernels_ref.edge.synth import Room, Synthesizer, scenario
from kernels_ref.packets.compression import compress, compressed_max

MEMORY = pytest.mark.needs("memory", 96 * 1024)


# ---- codec --------------------------------------------------------------------------------------


def codec_cases() -> dict[str, tuple[bytes | None, bytes]]:
    """previous, now: what radios send, and what a run-length code likes least."""
    rng = np.random.default_rng(23)
    any_bytes = rng.integers(0, 256, 2048, np.uint8).tobytes()
    near = bytes(b ^ (rng.random() < 0.1) for b in any_bytes)
    frames = list(Synthesizer(Room(), 1).frames(0.1))
    pairs_of_runs = b"".join(bytes([i & 255]) * (1 + i % 5) for i in range(500))
    return {
        "equal": (any_bytes, any_bytes),
        "near": (any_bytes, near),
        "random": (any_bytes, any_bytes[::-1]),
        "first": (None, any_bytes[:130]),
        "short runs": (None, pairs_of_runs),
        "two by two": (None, bytes(i // 2 & 255 for i in range(700))),
        "one run": (None, b"\x07" * 1000),
        "runs of 129": (None, b"\x01" * 129 + b"\x02" * 129 + b"\x03" * 130),
        "literals of 128": (None, bytes(i * 7 & 255 for i in range(257))),
        "one byte": (b"\x55", b"\x54"),
        "nothing": (None, b""),
        "synthetic": (frames[0].iq.tobytes(), frames[1].iq.tobytes()),
    }


CODEC = codec_cases()


@pytest.mark.parametrize("name", CODEC)
def test_the_codec(node: Node, name: str) -> None:
    """The same bytes as the reference, never more than the bound, and back again."""
    prev, now = CODEC[name]
    data = node.csi_compress(prev, now)
    assert data == compress(prev, now)
    assert len(data) <= compressed_max(len(now))
    assert node.csi_expand(prev, data, len(now)) == now


def test_what_does_not_fit_is_refused(node: Node) -> None:
    prev, now = CODEC["random"]
    data = node.csi_compress(prev, now)
    assert len(data) == compressed_max(len(now))
    for cap in (0, 1, 2, 129, len(data) - 1):
        with refused("ESP_ERR_INVALID_SIZE", what=f"{cap} bytes of room"):
            node.csi_compress(prev, now, cap)


@pytest.mark.parametrize(
    ("data", "length"),
    [
        (b"\x05abc", 6),
        (b"\xff", 129),
        (b"\x01ab", 3),
        (b"\x01ab", 1),
        (b"\xff\x00", 128),
        (b"\x00a\x80", 3),
        (b"", 1),
    ],
    ids=repr,
)
def test_damaged_data_is_refused(node: Node, data: bytes, length: int) -> None:
    with refused("ESP_ERR_INVALID_SIZE"):
        node.csi_expand(None, data, length)


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


FEATURES_CRC = 0xCB40CC37


@MEMORY
def test_features_are_the_same_bits_everywhere(node: Node) -> None:
    """On every target, every time."""
    with node.edge(EdgeConfig(calibration_ms=3_000, spectrum_every=10)) as edge:
        seen = edge.push(plain_frames(600))
    data = b"".join(replace(f, cycles=0).build() for f in seen)
    made = zlib.crc32(data)
    assert made == FEATURES_CRC, f"the features' checksum is {made:#010x}, not {FEATURES_CRC:#010x}"


@MEMORY
@pytest.mark.parametrize("width", [64, 256])
def test_cost_of_a_frame(node: Node, measure: Measure, width: int) -> None:
    """Of every frame of twelve seconds, so that each of the periodic estimates is among them."""
    told = scenario("static", 9, 4.0)
    room = Room(rate_hz=50.0, n_subcarriers=width)
    with node.edge(EdgeConfig(calibration_ms=4_000, spectrum_every=10)) as edge:
        seen = edge.push(list(play(room, told, 9, 4.0, 8.0)))
        measure("edge context", edge.context_bytes, "bytes")
    cycles = np.array([f.cycles for f in seen])
    unit = node.status().cycle_unit.name.lower()
    measure(f"edge frame, {width} subcarriers, mean", float(cycles.mean()), unit)
    measure(f"edge frame, {width} subcarriers, most", float(cycles.max()), unit)
    assert all(f.error == 0 for f in seen)


@MEMORY
def test_the_same_frames_give_the_same_bits_twice(node: Node, judge: Judge) -> None:
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
