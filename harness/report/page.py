"""Pages that need no other file: the templates of a package, and the report's style."""

from __future__ import annotations

import importlib.resources

import jinja2
from markupsafe import Markup

from harness.visible import visible


def templates(package: str) -> jinja2.Environment:
    """The *.j2 files of a package; a name that is not given to a template is an error.

    What a device said, or a recording holds, is shown on every page: markup and what would be
    obeyed as text. The page's own marks are `Markup`.
    """
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package, "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
    )


def style() -> Markup:
    """What all pages look like."""
    file = importlib.resources.files("harness.report").joinpath("report.css")
    return Markup(file.read_text(encoding="utf-8"))


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
