"""The programs that belong to a target's compiler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Toolchain:
    """chip: ESP-IDF's name; empty for a target that is no chip. addr2line, gdb: what to start."""

    addr2line: str
    gdb: str = ""
    chip: str = ""
    find: Callable[[str], Path | None] = lambda _name: None

    def path(self, program: str) -> str:
        """Where the program is; its bare name when it is not installed."""
        return str(self.find(program) or program)
