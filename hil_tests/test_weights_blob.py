"""The weight blob: what loads, and every way to be refused, by the parser and by an upload."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from harness.errors import NodeError
from harness.sensing.node import SensingNode
from hil_tests.support.bad_blobs import BAD_BLOBS, GOOD
from hil_tests.support.judge import Judge
from hil_tests.support.model import REFERENCE, SMALL, random_frames
from hil_tests.support.refusal import refused
from kernels_ref import (
    BadMagic,
    BlobError,
    CrcMismatch,
    Feed,
    FeedKind,
    InvalidShape,
    ModelShape,
    Pooling,
    SizeMismatch,
    Truncated,
    UnsupportedFlags,
    UnsupportedVersion,
    WeightBlob,
    init_random_blob,
)

pytestmark = pytest.mark.needs("head")


@contextmanager
def loading_the_reference_blob() -> Iterator[None]:
    """Say what it means when the device does not take a blob that is known to be right."""
    try:
        yield
    except NodeError as error:
        why = f"the reference blob is refused with {error}"
        if error.name == "ESP_ERR_INVALID_CRC":
            why += (
                f"; its CRC 0x{REFERENCE.crc:08x} is right, so the device's CRC"
                " polynomial or its form is not IEEE 802.3's (0xEDB88320 reflected)"
            )
        raise AssertionError(why) from error


def test_the_reference_blob_loads_and_computes(node: SensingNode, judge: Judge) -> None:
    pushed = random_frames(np.random.default_rng(8), 40)
    with (
        loading_the_reference_blob(),
        node.head(REFERENCE.blob, input_dim=16, window_len=256, n_classes=4) as head,
    ):
        head.push(pushed)
        result = head.classify()
    expected = REFERENCE.expect(pushed)
    judge.within("logits", ("class",), result.logits, expected.logits, expected.budget)


def test_the_embedded_blob_is_the_reference_blob(node: SensingNode) -> None:
    assert node.boot.weights_len == len(REFERENCE.blob)
    assert node.boot.weights_crc == REFERENCE.crc


@pytest.mark.parametrize("name", BAD_BLOBS)
def test_a_bad_blob_is_refused_with_exactly_its_error(node: SensingNode, name: str) -> None:
    blob, error = BAD_BLOBS[name]
    with refused(error, what=name), node.head(blob, input_dim=3, window_len=32, n_classes=3):
        pass


@pytest.mark.parametrize("name", BAD_BLOBS)
@pytest.mark.needs("flash")
def test_a_bad_upload_is_refused_with_exactly_its_error(
    node: SensingNode, clean_weights: None, name: str
) -> None:
    blob, error = BAD_BLOBS[name]
    with refused(error, what=name):
        node.upload_weights(blob, force=True)
    assert node.status().head_state == node.boot.head_state


@pytest.mark.parametrize("alignment", [1, 2, 3])
def test_a_blob_at_any_alignment_gives_the_same_bits(
    node: SensingNode, judge: Judge, alignment: int
) -> None:
    results = []
    for offset in (0, alignment):
        with node.head(
            SMALL.blob, input_dim=3, window_len=32, n_classes=3, alignment=offset
        ) as head:
            head.push(random_frames(np.random.default_rng(9), 20, 3))
            results.append(head.classify().logits)
    judge.same(f"logits at alignment {alignment}", ("class",), results[1], results[0])


@pytest.mark.parametrize(("input_dim", "n_classes"), [(4, 3), (2, 3), (3, 4), (3, 2)])
def test_a_caller_of_another_shape_is_refused(
    node: SensingNode, input_dim: int, n_classes: int
) -> None:
    blob = GOOD.build()
    with (
        refused("ESP_ERR_INVALID_ARG", what="another shape than the blob's"),
        node.head(blob, input_dim=input_dim, window_len=32, n_classes=n_classes),
    ):
        pass


def test_a_plain_blob_s_width_is_ignored_and_pooling_is_not_reserved(node: SensingNode) -> None:
    for flags, width in ((0, 0), (2, 0), (0, 1), (2, 255)):
        blob = type(GOOD)(flags=flags, mlp_width=width).build()
        with node.head(blob, input_dim=3, window_len=32, n_classes=3) as head:
            assert head.working_set_bytes > 0


SEEDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "MLP": {"mlp_width": 5},
    "scale and feed": {"input_affine": True, "feed": True},
    "everything": {
        "mlp_width": 2,
        "input_affine": True,
        "stem_taps": 3,
        "stem_width": 4,
        "conv_taps": 2,
        "conv_stride": 3,
        "conv_width": 5,
        "feed": True,
    },
    "convolution": {"conv_taps": 4, "conv_stride": 2, "conv_width": 6, "max_pooling": True},
}
VERDICTS: dict[type[BlobError], str] = {
    Truncated: "ESP_ERR_INVALID_SIZE",
    BadMagic: "ESP_ERR_INVALID_ARG",
    UnsupportedVersion: "ESP_ERR_INVALID_VERSION",
    SizeMismatch: "ESP_ERR_INVALID_SIZE",
    CrcMismatch: "ESP_ERR_INVALID_CRC",
    UnsupportedFlags: "ESP_ERR_NOT_SUPPORTED",
    InvalidShape: "ESP_ERR_INVALID_SIZE",
}
TELLING = (0, 1, 2, 4, 8, 16, 17, 32, 63, 64, 127, 128, 255)


def damaged(blob: bytes, rng: np.random.Generator) -> bytes:
    """Header and descriptors changed in up to three bytes, a flag turned, the end cut off; with a
    right CRC."""
    changed = bytearray(blob[:-4])
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(4, 40))
        near = (changed[at] + int(rng.integers(-2, 3))) % 256
        changed[at] = near if rng.random() < 0.5 else int(rng.choice(TELLING))
    if rng.random() < 0.3:
        changed[6] ^= 1 << int(rng.integers(8))
    if rng.random() < 0.2:
        cut = int(rng.integers(1, 12))
        changed = changed[:-cut]
        struct.pack_into("<I", changed, 0x14, len(changed) - 24)
    return bytes(changed) + zlib.crc32(changed).to_bytes(4, "little")


def verdict(blob: bytes) -> str:
    """What a caller of 3 floats and 3 classes has to get, by the oracle's parser."""
    try:
        shape = WeightBlob.parse(blob).shape
    except BlobError as error:
        return VERDICTS[type(error)]
    fits = (shape.input_dim, shape.n_classes) == (3, 3)
    return "ESP_OK" if fits else "ESP_ERR_INVALID_ARG"


@pytest.mark.parametrize("name", SEEDS)
def test_device_and_oracle_agree_on_damaged_headers(node: SensingNode, name: str) -> None:
    """With a CRC of the damaged bytes, so that what is behind the CRC is reached."""
    options = dict(SEEDS[name])
    feed = Feed(FeedKind.SPECTRA, 10, 32) if options.pop("feed", False) else None
    shape = ModelShape(3, 4, 2, 2, 1, 3, **options)
    pooling = Pooling.MEAN if shape.max_pooling else Pooling.LAST_TOKEN
    seed = init_random_blob(shape, pooling=pooling, feed=feed)
    rng = np.random.default_rng(71)
    said, differing = set(), []
    for _ in range(120):
        blob = damaged(seed, rng)
        expected, got = verdict(blob), "ESP_OK"
        try:
            with node.head(blob, input_dim=3, window_len=32, n_classes=3):
                pass
        except NodeError as error:
            got = error.name
        said.add(expected)
        if got != expected:
            differing.append(f"{got}, by the oracle {expected}: {blob[:40].hex(' ')}")
    assert not differing, "\n".join(differing)
    assert {"ESP_ERR_INVALID_SIZE", "ESP_ERR_NOT_SUPPORTED"} <= said, f"this says little: {said}"
