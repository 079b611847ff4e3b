"""Text that a terminal or a browser would obey, and whether something still holds it."""

from __future__ import annotations

import re

HOSTILE = "\x1b]0;owned\x07 \x1b[2J \x00 <script>alert(1)</script> \x9b31m \u202e \udc80 \"'>&"
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]")


def check_page(page: str) -> None:
    """A page shows it, everywhere it stands, and obeys none of it."""
    assert not (found := _OBEYED.search(page)), repr(page[found.start() - 80 : found.end()])
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page
    assert r"\x1b]0;owned\x07 \x1b[2J \x00 " in page and r"\x9b31m \u202e \udc80 " in page


def check_terminal(text: str) -> None:
    """The same of what a terminal gets."""
    assert not (found := _OBEYED.search(text)), repr(text[found.start() - 80 : found.end()])
    assert r"\x9b31m \u202e \udc80 " in text
