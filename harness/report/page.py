"""Pages that need no other file: the templates of a package, and the report's style."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable

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


def drawn(draw: Callable[[], str]) -> Markup:
    """A plot; a sentence in its place where it cannot be drawn, which is no reason for no page."""
    try:
        return Markup(draw())
    except Exception as error:  # noqa: BLE001 - whatever the library for plots raises
        note = Markup('<p class="note">A plot could not be drawn: {}.</p>')
        return note.format(in_words(error))


def in_words(error: Exception) -> str:
    """What broke while a page was made, in one line."""
    text = visible(str(error).partition("\n")[0].rstrip("."))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
