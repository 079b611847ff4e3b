"""`hil blob init|inspect|verify`"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import numpy as np

from harness.cli.console import FOUND_WRONG, GOOD, print_json, print_line, print_table, say
from kernels_ref import (
    REFERENCE_SHAPE,
    BlobError,
    Feed,
    FeedKind,
    ModelShape,
    Pooling,
    WeightBlob,
    WeightDtype,
    init_random_blob,
)

_DTYPES = {"float32": WeightDtype.FLOAT32, "float16": WeightDtype.FLOAT16}
_POOLINGS = {"last-token": Pooling.LAST_TOKEN, "mean": Pooling.MEAN}
_FEEDS = {kind.name.lower(): kind for kind in FeedKind}
_MAX_WEIGHTS = 1 << 24  # no node holds more
_Command = TypeVar("_Command", bound=Callable[..., Any])
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def blob() -> None:
    """Make, show and check weight blobs (.rvne)."""


def _dimension(name: str, meaning: str | None = None) -> Callable[[_Command], _Command]:
    """The option for one dimension of the model, with the reference blob's as default."""
    option = f"--{name.replace('_', '-')}"
    default = getattr(REFERENCE_SHAPE, name)
    return click.option(option, type=int, default=default, show_default=True, help=meaning)


@blob.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_dimension("input_dim")
@_dimension("n_q_heads")
@_dimension("n_kv_heads")
@_dimension("head_dim")
@_dimension("n_layers")
@_dimension("n_classes")
@click.option("--dtype", type=click.Choice(list(_DTYPES)), default="float32", show_default=True)
@click.option(
    "--pooling", type=click.Choice(list(_POOLINGS)), default="last-token", show_default=True
)
@_dimension("mlp_width", "Hidden units of each layer's MLP.")
@click.option("--input-affine", is_flag=True, help="Scale and offset of the frames.")
@_dimension("stem_taps", "Tokens that the stem reads.")
@_dimension("stem_width", "Hidden units of the stem.")
@_dimension("conv_taps", "Frames that a convolution reads.")
@_dimension("conv_stride", "Frames from one token of the convolution to the next.")
@_dimension("conv_width", "Features of a token of the convolution.")
@click.option("--max-pooling", is_flag=True, help="Maxima over tokens, in addition to the mean.")
@click.option(
    "--feed",
    type=click.Choice(list(_FEEDS)),
    help="What the model is fed with; by default the blob does not say it.",
)
@click.option(
    "--spectrum-hop",
    type=int,
    default=10,
    show_default=True,
    help="Hop of the feed, in bins of 20 ms.",
)
@click.option(
    "--window-len", type=int, default=256, show_default=True, help="Window of the feed, in frames."
)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
def init(
    file: Path,
    dtype: str,
    pooling: str,
    feed: str | None,
    spectrum_hop: int,
    window_len: int,
    force: bool,
    **dimensions: Any,
) -> int:
    """Write a blob of repeatable random weights to FILE; without options, the reference blob."""
    if file.exists() and not force:
        raise click.UsageError(f"{file} exists. Use --force to overwrite it.")
    shape = ModelShape(**dimensions)
    try:
        shape.check()
        taken = Feed(_FEEDS[feed], spectrum_hop, window_len) if feed else None
    except BlobError as error:
        raise click.UsageError(str(error)) from None
    if shape.n_weights > _MAX_WEIGHTS:
        raise click.UsageError(f"{shape.n_weights} weights are too many, {_MAX_WEIGHTS} at most.")
    try:
        data = init_random_blob(shape, _DTYPES[dtype], _POOLINGS[pooling], taken)
    except BlobError as error:
        raise click.UsageError(str(error)) from None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    say(f"wrote {file}, {len(data)} bytes")
    return GOOD


@blob.command()
@click.argument("file", type=_EXISTING)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
def inspect(file: Path, as_json: bool) -> int:
    """Show the header of FILE and the range of its weights. Exit status 1 if a loader refuses."""
    data = file.read_bytes()
    try:
        parsed = WeightBlob.parse(data)
    except BlobError as error:
        return _refused(file, type(error).__name__, str(error), as_json)
    facts = _facts(data, parsed)
    if as_json:
        print_json(facts)
    else:
        print_table(["field", "value"], [[name, str(value)] for name, value in facts.items()])
    return GOOD


@blob.command()
@click.argument("files", type=_EXISTING, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
def verify(files: tuple[Path, ...], as_json: bool) -> int:
    """Check that a loader accepts FILES, or say why not. Exit status 1 when one is refused."""
    status = GOOD
    for file in files:
        try:
            parsed = WeightBlob.parse(file.read_bytes())
        except BlobError as error:
            status = _refused(file, type(error).__name__, str(error), as_json)
            continue
        wrong = np.flatnonzero(~np.isfinite(parsed.weights))
        if wrong.size:
            message = f"weight {wrong[0]} is {parsed.weights[wrong[0]]}"
            status = _refused(file, "NotFinite", f"{message}; no model computes with it", as_json)
        elif as_json:
            print_json({"file": str(file), "ok": True})
        else:
            print_line(f"{file}: good, {parsed.shape.n_weights} weights")
    return status


def _facts(data: bytes, parsed: WeightBlob) -> dict[str, Any]:
    weights = parsed.weights.astype(np.float64)
    return {
        **dataclasses.asdict(parsed.shape),
        "dtype": parsed.dtype.name.lower(),
        "pooling": parsed.pooling.name.lower().replace("_", "-"),
        **_feed_facts(parsed.feed),
        "weights": parsed.shape.n_weights,
        "bytes": len(data),
        "crc32": f"0x{int.from_bytes(data[-4:], 'little'):08X}",
        "sha256": hashlib.sha256(data).hexdigest(),
        "smallest weight": f"{weights.min():.6g}",
        "largest weight": f"{weights.max():.6g}",
        "not finite": int(np.count_nonzero(~np.isfinite(weights))),
    }


def _feed_facts(feed: Feed | None) -> dict[str, Any]:
    if feed is None:
        return {"feed": "unsaid"}
    facts = {"feed": feed.kind.name.lower(), "window_len": feed.window_len}
    return facts | ({"spectrum_hop": feed.spectrum_hop} if feed.kind is FeedKind.SPECTRA else {})


def _refused(file: Path, kind: str, message: str, as_json: bool) -> int:
    if as_json:
        print_json({"file": str(file), "ok": False, "error": kind, "message": message})
    else:
        print_line(f"{file}: {kind}: {message}")
    return FOUND_WRONG
