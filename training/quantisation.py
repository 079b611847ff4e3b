"""`python -m training.quantisation MODEL`: what coarser weights and a coarser cache cost a model.

Weights in float16, or in int8 with a scale for each row or for each column of a matrix; keys and
values in float16. The node computes in float32 from what is stored, so a coarser type is simulated
by rounding: logits, accuracy and memory are those that a node would have. Instructions are not:
there is no int8 kernel to count.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from harness.cli.console import print_table
from harness.errors import BenchError
from harness.sensing.accuracy.card import of_unseen_persons, read_card, windows_by_recording
from harness.sensing.datasets.windows import Window
from harness.sensing.edge_library import open_edge_library
from harness.sensing.recordings.manifest import read_folder
from kernels_ref.blob import WeightBlob
from kernels_ref.blob_errors import BlobError
from kernels_ref.blob_header import WeightDtype
from kernels_ref.blob_layout import Parts, Weights, cut
from training.classifier import TemporalClassifierModule

INT8_MAX = 127
Logits = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Variant:
    """A way to store a model.

    Attributes:
        name: for the table.
        blob: the model with its weights as they come back from store.
        weight_bytes: what all weights and their scales take.
        half_cache: whether keys and values are rounded to float16.
    """

    name: str
    blob: WeightBlob
    weight_bytes: int
    half_cache: bool = False


@dataclass(frozen=True, eq=False)
class Cost:
    """What a variant costs, compared with the model as it is.

    Attributes:
        variant: the variant.
        cache_bytes: keys and values of all layers of a window.
        accuracy: the share of windows that it has right.
        changed: decisions that are not those of the model as it is.
        logit_error: the largest one, by the spread of the logits.
    """

    variant: Variant
    cache_bytes: int
    accuracy: float
    changed: int
    logit_error: float


def variants(blob: WeightBlob) -> Iterator[Variant]:
    """The model as it is first."""
    size = blob.weights.nbytes
    stored = blob.dtype.name.lower()
    yield Variant(f"{stored}, as it is", blob, size)
    if blob.dtype is WeightDtype.FLOAT32:
        yield Variant("float16", blob.converted(WeightDtype.FLOAT16), size // 2)
    yield Variant(f"{stored}, cache float16", blob, size, half_cache=True)
    for axis, lines in ((1, "row"), (0, "column")):
        rounded, stored_bytes = in_int8(blob, axis)
        yield Variant(f"int8, a scale a {lines}", rounded, stored_bytes)
        if axis == 1:
            yield Variant(f"int8 by {lines}, cache float16", rounded, stored_bytes, True)


def in_int8(blob: WeightBlob, axis: int) -> tuple[WeightBlob, int]:
    """The blob with every matrix `[in, out]` as int8 gives it back, and the bytes that it takes.

    A scale, in float16, for each line of a matrix: along axis 1 a row, along axis 0 a column.
    Biases, and the input's scale and offset, stay in float16.

    Raises: InvalidShape for a weight that float16 cannot hold.
    """
    blob.converted(WeightDtype.FLOAT16)
    weights = blob.weights.astype(np.float32)
    stored = 0
    for part in _all_parts(cut(blob.shape, weights)):
        if part.ndim == 1:
            part[...] = part.astype(np.float16)
            stored += 2 * part.size
            continue
        largest = np.abs(part).max(axis=axis, keepdims=True)
        scale = _scales(largest / INT8_MAX).astype(np.float32)
        part[...] = np.rint(part / scale) * scale
        stored += part.size + 2 * scale.size
    return dataclasses.replace(blob, weights=weights, dtype=WeightDtype.FLOAT32), stored


def _scales(least: npt.NDArray[np.float32]) -> npt.NDArray[np.float16]:
    """The smallest float16 that is no smaller, so that a line's largest weight fits its int8; of a
    line of zeros, or of weights too small for any other, the smallest float16 that there is."""
    scale = least.astype(np.float16)
    up = np.nextafter(scale, np.float16(np.inf))
    return np.maximum(np.where(scale < least, up, scale), np.finfo(np.float16).smallest_subnormal)


def costs(blob: WeightBlob, windows: Sequence[Window]) -> list[Cost]:
    """Of every variant, the model as it is first."""
    labels = np.array([window.label for window in windows])
    found: list[Cost] = []
    reference: Logits | None = None
    for variant in variants(blob):
        logits = logits_of(variant, windows)
        if reference is None:
            reference = logits
        decisions = logits.argmax(axis=1)
        found.append(
            Cost(
                variant,
                _cache_bytes(variant, max(len(window.features) for window in windows)),
                float((decisions == labels).mean()),
                int((decisions != reference.argmax(axis=1)).sum()),
                float(np.abs(logits - reference).max() / reference.std()),
            )
        )
    return found


@torch.no_grad()
def logits_of(variant: Variant, windows: Sequence[Window]) -> Logits:
    """`[windows, classes]`, computed in float64 from what is stored."""
    model = TemporalClassifierModule.from_blob(variant.blob).double()
    if variant.half_cache:
        for layer in model.layers:
            for projection in (layer.attention.k_proj, layer.attention.v_proj):
                projection.register_forward_hook(_to_half)
    rows = [model(torch.from_numpy(window.features).double()).numpy() for window in windows]
    return np.stack(rows)


def _to_half(module: nn.Module, inputs: Any, out: Tensor) -> Tensor:
    return out.half().to(out.dtype)


def _all_parts(parts: Parts) -> Iterator[Weights]:
    for some in (parts.affine, parts.conv, parts.stem, *parts.layers, *parts.mlps):
        yield from some or ()
    yield parts.classifier


def _cache_bytes(variant: Variant, frames: int) -> int:
    shape = variant.blob.shape
    value = 2 if variant.half_cache else 4
    tokens = -(-frames // max(1, shape.conv_stride))
    return shape.n_layers * tokens * 2 * shape.n_kv_heads * shape.head_dim * value


def windows_of_strangers(model: Path, blob: WeightBlob, data: Path) -> list[Window]:
    """Of the persons whom the model was not trained on. Raises BenchError."""
    card = read_card(model)
    hop = blob.feed.spectrum_hop if blob.feed else 1
    strangers = of_unseen_persons(read_folder(data), card)
    found = windows_by_recording(strangers, card, open_edge_library(), hop)
    return [window for some in found for window in some]


@click.command()
@click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--data", type=click.Path(path_type=Path), required=True, help="The folder of recordings."
)
def main(model: Path, data: Path) -> None:
    """Print what coarser weights and a coarser cache cost MODEL on the persons held out from it."""
    torch.set_num_threads(1)
    try:
        blob = WeightBlob.parse(model.read_bytes())
        windows = windows_of_strangers(model, blob, data)
    except (BenchError, BlobError) as error:
        raise click.ClickException(str(error)) from None
    print_table(
        ["weights", "bytes", "cache", "accuracy", "decisions changed", "largest logit error"],
        [_row(cost, len(windows)) for cost in costs(blob, windows)],
    )


def _row(cost: Cost, windows: int) -> list[str]:
    return [
        cost.variant.name,
        f"{cost.variant.weight_bytes:,}",
        f"{cost.cache_bytes:,}",
        f"{cost.accuracy:.3f}",
        f"{cost.changed} of {windows}",
        f"{cost.logit_error:.2g}",
    ]


if __name__ == "__main__":
    main()
