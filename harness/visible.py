"""Makes the output of a device safe to show: control characters appear as text."""

from __future__ import annotations

import json
import re
from typing import Any

# C0 without tab and newline, DEL, C1, halves of surrogate pairs, and marks for the direction of
# writing: a terminal or a browser would not show them but act on them.
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")


def visible(text: str, *, colours: bool = False) -> str:
    """The text with control characters as escapes: ESC as \\x1b, NUL as \\x00.

    colours: leaves sequences alone that only colour, for text that this machine has coloured.
    """
    if colours:
        pieces = _COLOUR.split(text)
        return "".join(p if i % 2 else visible(p) for i, p in enumerate(pieces))
    return _HIDDEN.sub(_shown, text.replace("\r\n", "\n"))


def visible_json(value: Any, indent: int | None = None) -> str:
    """`value` as JSON that is safe on a terminal and is valid UTF-8. Control characters are JSON
    escapes, so a script reads the original."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return _HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _shown(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")
