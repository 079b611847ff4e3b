"""What pages are made of: templates, the common style, plots."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable

import jinja2
from markupsafe import Markup

from harness.visible import visible


def templates(package: str) -> jinja2.Environment:
    """The *.j2 files of a package. A name that a template uses and is not given is an error.

    Any text that is not `Markup` may come from a device or a recording, so its HTML and its control
    characters are shown as text.
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
    """The style sheet of all pages."""
    file = importlib.resources.files("harness.report").joinpath("report.css")
    return Markup(file.read_text(encoding="utf-8"))


def drawn(draw: Callable[[], str]) -> Markup:
    """A plot, or a sentence in its place if it cannot be drawn."""
    try:
        return Markup(draw())
    except Exception as error:  # noqa: BLE001 - any error of the library for plots
        note = Markup('<p class="note">A plot could not be drawn: {}.</p>')
        return note.format(in_words(error))


def in_words(error: Exception) -> str:
    """An error in one line."""
    text = visible(str(error).partition("\n")[0].rstrip("."))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
