"""The codec of compressed CSI: the node makes the same bytes as the reference, and back again."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from harness.errors import NodeError
from harness.node.structs import CallPlace, CallRequest
from harness.plugin.fixtures import Measure
from harness.sensing.node import SensingNode
from hil_tests.support.recordings import recordings
from hil_tests.support.refusal import refused
from kernels_ref.packets.compression import (
    CODING_RAW,
    CODING_RICE,
    FIRST_AS_BEFORE,
    ZEROS_AS_BEFORE,
    CompressionError,
    compress,
    compressed_max,
    expand,
)

RNG_SEED = 23
KEY_EVERY = 16
GUARD = b"\xa5" * 64


def smooth(pairs: int, seed: int, *, turn: float = 0.0) -> bytes:
    """What a radio hears of two paths on `pairs` carriers, with the nulls of a 20 MHz field."""
    rng = np.random.default_rng(seed)
    k = np.arange(pairs)
    z = 40 * np.exp(1j * (0.05 * k + turn)) + 15 * np.exp(1j * (0.4 * k - 2 * turn))
    iq = np.stack([z.imag, z.real], axis=1) + rng.normal(0, 1, (pairs, 2))
    iq[(k % 64 == 0) | ((k % 64 > 26) & (k % 64 < 38))] = 0
    return np.rint(iq).astype(np.int8).tobytes()


def codec_cases() -> dict[str, tuple[bytes | None, bytes]]:
    """previous, now: what radios send, and what the coding likes least."""
    rng = np.random.default_rng(RNG_SEED)
    any_bytes = rng.integers(0, 256, 2048, np.uint8).tobytes()
    first, second = smooth(64, 1), smooth(64, 2, turn=1.0)
    word = bytes((83, 176, 4, 0))
    jumps = bytes(255 * (i % 2) ^ (i & 64) for i in range(512))
    return {
        "key frame": (None, first),
        "after another": (first, second),
        "the largest": (smooth(1024, 1), smooth(1024, 2)),
        "equal": (any_bytes, any_bytes),
        "random": (any_bytes, any_bytes[::-1]),
        "random key frame": (None, any_bytes[:130]),
        "an invalid first word": (word + first[4:], word + second[4:]),
        "a first word that changes": (word + first[4:], bytes(4) + second[4:]),
        "a null that is none any more": (first, second[:60] + b"\1\2" + second[62:]),
        "nulls that are new": (second, first[:20] + bytes(8) + first[28:]),
        "zeros alone": (None, bytes(1000)),
        "zeros again": (bytes(1000), bytes(1000)),
        "zero and not in turn": (None, b"\0\0\7\7" * 100),
        "the last pair alone": (None, bytes(2046) + b"\7\0"),
        "one step up and down": (None, bytes(i // 2 % 2 for i in range(2, 700))),
        "half a turn": (None, b"\x80\x80\0\0\x80\x7f" * 40),
        "jumps": (None, jumps),
        "a quiet block and a loud one": (None, first + any_bytes[:128]),
        "one pair": (b"\x55\1", b"\x54\1"),
        "one pair of zeros": (None, bytes(2)),
        "two pairs": (first[:4], first[:4]),
        "nothing": (None, b""),
    }


CODEC = codec_cases()


@pytest.mark.parametrize("name", CODEC)
def test_the_codec(node: SensingNode, name: str) -> None:
    """The same bytes as the reference, never more than the bound, and back again."""
    prev, now = CODEC[name]
    data = node.csi_compress(prev, now)
    assert data == compress(prev, now)
    assert len(data) <= compressed_max(len(now))
    assert node.csi_expand(prev, data, len(now)) == now


@pytest.mark.parametrize("name", ["after another", "random", "zeros alone"])
def test_what_does_not_fit_is_refused(node: SensingNode, name: str) -> None:
    prev, now = CODEC[name]
    size = len(compress(prev, now))
    assert node.csi_compress(prev, now, size) == compress(prev, now)
    for cap in sorted({0, 1, size // 2, size - 1} - {size}):
        with refused("ESP_ERR_INVALID_SIZE", what=f"{cap} bytes of room"):
            node.csi_compress(prev, now, cap)


@pytest.mark.parametrize("length", [1, 127, 2047, 2050])
def test_what_is_no_frame_is_refused(node: SensingNode, length: int) -> None:
    with refused("ESP_ERR_INVALID_SIZE"):
        node.csi_compress(None, bytes(length))
    with refused("ESP_ERR_INVALID_SIZE"):
        node.csi_expand(None, bytes([CODING_RAW]) + bytes(length), length)


@pytest.mark.parametrize(
    ("data", "length", "error"),
    [
        (b"", 2, "ESP_ERR_INVALID_SIZE"),
        (bytes([CODING_RAW, 1, 2, 3]), 4, "ESP_ERR_INVALID_SIZE"),
        (bytes([CODING_RAW, 1, 2, 3, 4, 5]), 4, "ESP_ERR_INVALID_SIZE"),
        (bytes([CODING_RICE]), 2, "ESP_ERR_INVALID_SIZE"),
        # 011: a run of 3 - 1, of 1 pair
        (bytes([CODING_RICE, 0b01100000, 0, 0]), 2, "ESP_ERR_INVALID_SIZE"),
        # 1: none coded, 011: three zero pairs, of two
        (bytes([CODING_RICE, 0b10110000]), 4, "ESP_ERR_INVALID_SIZE"),
        # 1, 010: two zero pairs; then a bit that does not belong there, or a byte
        (bytes([CODING_RICE, 0b10100001]), 4, "ESP_ERR_INVALID_SIZE"),
        (bytes([CODING_RICE, 0b10100000, 0]), 4, "ESP_ERR_INVALID_SIZE"),
        # 010: one pair, k = 7, 1110: a difference of 3 * 128
        (bytes([CODING_RICE, 0b01011111, 0b10000000, 0, 0]), 2, "ESP_ERR_INVALID_SIZE"),
        # more zeros than any run's length begins with
        (bytes([CODING_RICE]) + bytes(300), 2048, "ESP_ERR_INVALID_SIZE"),
        (bytes([CODING_RICE | ZEROS_AS_BEFORE, 0]), 2, "ESP_ERR_NOT_SUPPORTED"),
        (bytes([CODING_RICE | FIRST_AS_BEFORE, 0]), 8, "ESP_ERR_NOT_SUPPORTED"),
        (b"\x7fabc", 4, "ESP_ERR_NOT_SUPPORTED"),
    ],
    ids=lambda value: value.hex()[:16] if isinstance(value, bytes) else str(value),
)
def test_damaged_data_is_refused(node: SensingNode, data: bytes, length: int, error: str) -> None:
    with refused(error):
        node.csi_expand(None, data, length)
    with pytest.raises(CompressionError):
        expand(None, data, length)


def test_a_first_word_that_is_as_before_needs_two_pairs(node: SensingNode) -> None:
    data = bytes([CODING_RICE | ZEROS_AS_BEFORE | FIRST_AS_BEFORE])
    assert node.csi_expand(b"\1\2\3\4", data, 4) == b"\1\2\3\4"
    with refused("ESP_ERR_NOT_SUPPORTED"):
        node.csi_expand(b"\1\2", data, 2)


def damaged(rng: np.random.Generator, data: bytes) -> bytes:
    """A few bytes changed, the end cut off, or something behind it."""
    found = bytearray(data)
    for _ in range(int(rng.integers(0, 4))):
        found[int(rng.integers(len(found)))] = int(rng.integers(256))
    if rng.random() < 0.3:
        del found[int(rng.integers(len(found) + 1)) :]
    behind = int(rng.integers(1, 3)) if rng.random() < 0.2 else 0
    return bytes(found) + bytes(rng.integers(0, 256, behind, np.uint8))


def guarded_expand(node: SensingNode, prev: bytes | None, data: bytes, length: int) -> bytes | None:
    """None where the node refuses it; the bytes around the frame are as they were, either way."""
    plan = node.arena_plan()

    def placed(argument: bytes) -> CallPlace:
        place = CallPlace(plan.take(len(argument)), len(argument), zlib.crc32(argument))
        node.arena_put(place.offset, argument)
        return place

    prev = prev or b""
    places = [placed(prev), placed(len(prev).to_bytes(4, "little"))]
    places += [placed(data), placed(len(data).to_bytes(4, "little"))]
    before = placed(GUARD + bytes(length) + GUARD).offset
    places += [CallPlace(before + len(GUARD), length, 0), placed(length.to_bytes(4, "little"))]
    request = CallRequest(node.exports()["codec_expand"].index, len(places)).build()
    try:
        node.request("call", request + b"".join(place.build() for place in places))
        made = True
    except NodeError:
        made = False
    seen = node.arena_get(before, length + 2 * len(GUARD))
    assert seen[: len(GUARD)] == GUARD == seen[len(GUARD) + length :], "written beyond the frame"
    return seen[len(GUARD) : len(GUARD) + length] if made else None


def test_any_bytes_give_a_frame_or_an_error(node: SensingNode) -> None:
    """And the reference the same one; nothing is written beyond the frame."""
    rng = np.random.default_rng(31)
    given = 0
    for i in range(150):
        pairs = (1, 2, 9, 64)[i % 4]
        now, before = smooth(pairs, i, turn=0.1 * i), smooth(pairs, i + 1)
        prev = before if i % 3 else None
        data = damaged(rng, compress(prev, now))
        try:
            wanted: bytes | None = expand(prev, data, 2 * pairs)
        except CompressionError:
            wanted = None
        assert guarded_expand(node, prev, data, 2 * pairs) == wanted, data.hex()
        given += wanted is not None
    assert 20 < given < 130  # both kinds are among them


@pytest.mark.parametrize("pairs", [64, 128, 192, 256])
def test_cost_of_compressing(node: SensingNode, measure: Measure, pairs: int) -> None:
    frames = [smooth(pairs, i, turn=0.1 * i) for i in range(4)]
    unit = node.status().cycle_unit.name.lower()
    for name, prev in (("key frame", None), ("frame", frames[0])):
        cost = max(node.csi_compress_cost(prev, now)[1] for now in frames[1:])
        measure(f"compressing a {name} of {pairs} pairs", cost, unit)


# ---- recordings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data_set",
    [
        "embedded_wifi_sensing",
        "esp_rf_sense",
        "pulse_wifi_sensing",
        "ruview_pretrain",
        "wisensing_esp32",
    ],
)
def test_recorded_frames_pass_whole(node: SensingNode, data_set: str) -> None:
    """A few of each kind, as a node sends them: a key frame, then those after it."""
    for recording in recordings(data_set)[::7]:
        frames = recording.frames().chosen(slice(100, 106))
        prev: bytes | None = None
        for iq, length in zip(frames.iq, frames.length, strict=True):
            now = iq[:length].tobytes()
            prev = prev if prev is not None and len(prev) == len(now) else None
            data = node.csi_compress(prev, now)
            assert data == compress(prev, now), recording
            assert node.csi_expand(prev, data, len(now)) == now, recording
            prev = now
