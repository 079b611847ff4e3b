"""A model in a file, what it asks of a node, and which model a target was given last."""

from __future__ import annotations

import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BenchError
from kernels_ref import BlobError, Feed, ModelShape, WeightBlob


@dataclass(frozen=True)
class ModelFile:
    """A weight blob and the file that it is from."""

    path: Path
    data: bytes
    blob: WeightBlob

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def shape(self) -> ModelShape:
        """The blob's dimensions."""
        return self.blob.shape

    @property
    def feed(self) -> Feed | None:
        """What it was trained on; None where the blob does not say."""
        return self.blob.feed

    @property
    def crc(self) -> int:
        """The CRC that the blob ends in."""
        return zlib.crc32(self.data[:-4])

    def __str__(self) -> str:
        shape = self.shape
        return (
            f"{self.path.name}: {shape.input_dim} -> {shape.n_classes}, {len(self.data):,} bytes, "
            f"CRC {self.crc:08x}"
        )


def read_model(path: Path) -> ModelFile:
    """The model in a file. Raises BenchError for a file that is not a model or cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BenchError(f"{path} cannot be read: {error.strerror or error}.") from None
    return model_of(data, path)


def model_of(data: bytes, path: Path) -> ModelFile:
    """The model in these bytes; `path` is its name. Raises BenchError."""
    try:
        blob = WeightBlob.parse(data)
    except BlobError as error:
        raise BenchError(f"{path} is not a usable model: {error}.") from None
    return ModelFile(path, data, blob)


@dataclass(frozen=True)
class LastDeployed:
    """The model that a target was given last, kept beside the target's build with its card.

    The flash of an emulated node is made again for each session, so this file is all that remains
    of a deployment; a board keeps its model itself.
    """

    build_dir: Path

    @property
    def folder(self) -> Path:
        return self.build_dir / "deployed"

    def note(self, model: ModelFile) -> Path:
        """Notes that this model runs on the target now. Returns where it is kept."""
        kept = self.folder / model.path.name
        card = model.path.with_suffix(".json")
        card_text = card.read_bytes() if card.is_file() else None
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        kept.write_bytes(model.data)
        if card_text is not None:
            kept.with_suffix(".json").write_bytes(card_text)
        return kept

    def find(self) -> Path | None:
        """The model's file; None where none was deployed."""
        return next(iter(sorted(self.folder.glob("*.rvne"))), None)
