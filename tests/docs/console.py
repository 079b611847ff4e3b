"""Commands as they stand in the pages: console blocks, line by line, with what is expected."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"(?:<!-- (?P<note>[^>]*) -->\n)?```console\n(?P<body>.*?)```", re.DOTALL)
NEEDS_BOARD = "needs a board and ESP-IDF"
NEEDS_SENDER = "needs a node that sends"
NEEDS_ROWS = "needs rows of a board"
NEEDS_DATA = "needs recordings"
IN_EMPTY_FOLDER = "in an empty folder"


@dataclass(frozen=True)
class Block:
    """One console block: its commands run in order. `note` is the comment above it, if any."""

    page: str
    line: int
    note: str
    commands: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(root: Path) -> list[Block]:
    """Every console block of the README and of the pages in docs."""
    pages = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    return [block for page in pages for block in _blocks_of(page, root)]


def _blocks_of(page: Path, root: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        prompts = [line for line in match["body"].splitlines() if line.startswith("$ ")]
        commands = tuple(line[2:].partition("  #")[0].strip() for line in prompts)
        line = text.count("\n", 0, match.start("body")) + 1
        name = page.relative_to(root).as_posix()
        found.append(Block(name, line, (match["note"] or "").strip(), commands))
    return found
