"""The page that a person looks at: the figures beside their targets, and the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from harness.report.page import style, templates
from harness.sensing.sense.figure import Figure
from harness.sensing.sense.said import row


def write_page(
    path: Path, figures: Sequence[Figure], pictures: Mapping[str, str], title: str
) -> None:
    """Writes a page that needs no other file."""
    text = (
        templates("harness.sensing.sense")
        .get_template("sense.html.j2")
        .render(
            title=title,
            rows=[(figure, row(figure)) for figure in figures],
            missed=[figure for figure in figures if figure.met is False],
            pictures={name: Markup(picture) for name, picture in pictures.items()},
            style=style(),
        )
    )
    path.write_text(text, encoding="utf-8")
