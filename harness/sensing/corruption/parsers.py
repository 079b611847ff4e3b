"""What each of the two parsers says of the same bytes, in one form."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from harness.errors import DeviceFault
from harness.sensing.kernel_library import build_here
from harness.target import project_root
from kernels_ref import BlobError, WeightBlob
from kernels_ref.blob_errors import (
    BadMagic,
    CrcMismatch,
    InvalidShape,
    SizeMismatch,
    Truncated,
    UnsupportedFlags,
    UnsupportedVersion,
)
from kernels_ref.blob_header import CRC_SIZE, FeedKind

PARSER = "blob_verdicts"
ESP_ERRORS: dict[type[BlobError], int] = {
    Truncated: 0x104,
    BadMagic: 0x102,
    UnsupportedVersion: 0x10A,
    SizeMismatch: 0x104,
    CrcMismatch: 0x109,
    UnsupportedFlags: 0x106,
    InvalidShape: 0x104,
}
"""The `esp_err_t` of each error (docs/blob.md)."""

_VERDICT = struct.Struct("=24I")  # verdict_t of firmware/host_library/corruption/main.c
_END_OF_BATCH = struct.pack("=I", 0xFFFFFFFF)
_PIPE_BYTES = 1 << 20
_REFUSALS = {kind: _VERDICT.pack(error, *[0] * 23) for kind, error in ESP_ERRORS.items()}
_FEEDS = {FeedKind.STATES: 1, FeedKind.SPECTRA: 2}


def build_parser(firmware: Path | None = None, folder: Path | None = None) -> Path:
    """The program with the node's parser, built when something of it has changed.

    Raises:
        BenchError: it cannot be built here.
    """
    source = (firmware or project_root() / "firmware") / "host_library" / "corruption"
    return build_here(source, folder or project_root() / "build" / "corruption") / PARSER


def verdict_of(error: type[BlobError]) -> bytes:
    """What the node has to say where the oracle raises this."""
    return _REFUSALS[error]


def description_of(blob: WeightBlob, data: bytes) -> bytes:
    """What the node has to say of `data`, which the oracle reads as `blob`."""
    shape, feed = blob.shape, blob.feed
    heads = (shape.n_q_heads, shape.n_kv_heads, shape.head_dim, shape.n_layers, shape.n_classes)
    conv = (shape.conv_taps, shape.conv_stride or 1, shape.conv_width, shape.max_pooling)
    is_spectra = feed is not None and feed.kind is FeedKind.SPECTRA
    fed = (0, 0, 0) if feed is None else (_FEEDS[feed.kind], feed.spectrum_hop, feed.window_len)
    assert feed is None or is_spectra == (fed[0] == 2)
    return _VERDICT.pack(
        *(0, blob.dtype, blob.pooling, shape.input_dim, shape.dim, *heads, shape.mlp_width),
        *(shape.input_affine, shape.stem_taps, shape.stem_width, *conv, *fed),
        *(len(data) - CRC_SIZE - blob.weights.nbytes, blob.weights.nbytes),
        int.from_bytes(data[-CRC_SIZE:], "little"),
    )


class ParserEnded(DeviceFault):
    """The node's parser was ended, as a sanitizer does at the first byte read behind a blob."""


class BlobParser:
    """The node's parser in a program of its own, with sanitizers. Raises ParserEnded."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen(
            [str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pipesize=_PIPE_BYTES,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.kill()
        self._process.communicate()

    def send(self, blobs: Sequence[bytes]) -> None:
        """Hands a batch over; some 500 at most, since the verdicts wait in a pipe."""
        assert self._process.stdin is not None
        parts = [part for blob in blobs for part in (struct.pack("=I", len(blob)), blob)]
        try:
            self._process.stdin.write(b"".join([*parts, _END_OF_BATCH]))
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def verdicts(self, count: int) -> list[bytes]:
        """The verdicts of the batch that was sent last."""
        assert self._process.stdout is not None
        size = _VERDICT.size
        data = self._process.stdout.read(count * size)
        if len(data) < count * size:
            raise self._ended()
        return [data[at : at + size] for at in range(0, len(data), size)]

    def _ended(self) -> ParserEnded:
        said = self._process.communicate()[1].decode(errors="replace").strip()
        return ParserEnded(f"{PARSER} ended with {self._process.returncode}:\n{said[:2000]}")
