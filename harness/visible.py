"""What a device says is data: on a terminal and on a page it is shown, never obeyed."""

from __future__ import annotations

import re

# C0 without tab and newline, DEL, C1, halves of surrogate pairs, and what turns the direction of
# writing: a terminal or a browser would do something else than show them.
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")


def visible(text: str, *, colours: bool = False) -> str:
    """The text with everything shown that would be obeyed: ESC as \\x1b, NUL as \\x00.

    colours: leaves sequences alone that only colour, for text that this machine has coloured.
    """
    if colours:
        pieces = _COLOUR.split(text)
        return "".join(p if i % 2 else visible(p) for i, p in enumerate(pieces))
    return _HIDDEN.sub(_shown, text.replace("\r\n", "\n"))


def _shown(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")
