"""The page that a person looks at: the figures beside their targets, and the pictures."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
from markupsafe import Markup

from harness.sense.figure import Figure
from harness.sense.said import row


def write_page(
    path: Path, figures: Sequence[Figure], pictures: Mapping[str, str], title: str
) -> None:
    """Writes a page that needs no other file."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("harness.sense", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    style = importlib.resources.files("harness.report").joinpath("report.css")
    text = environment.get_template("sense.html.j2").render(
        title=title,
        rows=[(figure, row(figure)) for figure in figures],
        missed=[figure for figure in figures if figure.met is False],
        pictures={name: Markup(picture) for name, picture in pictures.items()},
        style=Markup(style.read_text(encoding="utf-8")),
    )
    path.write_text(text, encoding="utf-8")
