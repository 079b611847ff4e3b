"""The project's own models: what a node can take, and cards that say what they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.sensing.accuracy.card import read_card, task_of
from harness.target import project_root
from kernels_ref import FeedKind, WeightBlob, WeightDtype
from kernels_ref.edge.config import EdgeConfig

MODELS = sorted((project_root() / "fixtures" / "models").glob("*.rvne"))
MOST_BYTES = 48 * 1024
MOST_WEIGHTS = 20_000
PAGE = project_root() / "docs" / "models.md"


def test_there_are_two() -> None:
    assert [path.stem for path in MODELS] == ["actions", "moving"]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_is_small_and_says_what_it_was_trained_on(path: Path) -> None:
    data = path.read_bytes()
    blob, card = WeightBlob.parse(data), read_card(path)
    task = task_of(card)
    assert len(data) <= MOST_BYTES
    assert blob.shape.n_weights <= MOST_WEIGHTS
    assert blob.dtype is WeightDtype.FLOAT16
    assert blob.shape.n_classes == len(task.classes)
    assert blob.feed is not None
    assert blob.feed.kind is FeedKind.SPECTRA
    assert blob.feed.window_len == task.frames
    EdgeConfig(spectrum_every=blob.feed.spectrum_hop)
    assert card.held_out, "somebody has to be left whom the model can be tested on"


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_the_page_has_the_card_s_figures(path: Path) -> None:
    """What docs/models.md says of a model is what was measured when it was trained."""
    page = PAGE.read_text(encoding="utf-8")
    figures = json.loads(path.with_suffix(".json").read_text())["figures"]
    rows = {cells[0]: cells[1] for cells in _tables(page)}
    for name, value in figures.items():
        assert name in rows, f"{PAGE.name} does not say: {name}"
        said = "-" if value is None else f"{value:.3f}"
        assert rows[name] == said, f"{name}: {PAGE.name} says {rows[name]}, the card {said}"


def _tables(page: str) -> list[list[str]]:
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
