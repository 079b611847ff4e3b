"""Pages that need no other file: the templates of a package, and the report's style."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable
from typing import Any

import jinja2
from markupsafe import Markup


def templates(package: str, finalize: Callable[[Any], Any] | None = None) -> jinja2.Environment:
    """The *.j2 files of a package; a name that is not given to a template is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package, "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=finalize,
    )


def style() -> Markup:
    """What all pages look like."""
    file = importlib.resources.files("harness.report").joinpath("report.css")
    return Markup(file.read_text(encoding="utf-8"))
