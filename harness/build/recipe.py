"""What a builder is asked for and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness.build.firmware import Firmware

# Called with one short line whenever there is something new to tell: "12/40 sparse_attention.c"
Progress = Callable[[str], None]


def no_progress(_line: str) -> None:
    """For callers that show none."""


@dataclass(frozen=True)
class BuildRequest:
    """One build: the sources, where the output goes, and in which variant."""

    target: str
    source_dir: Path  # the firmware folder: components and ports
    build_dir: Path
    sanitize: bool = False
    coverage: bool = False
    overlays: tuple[Path, ...] = ()  # Kconfig values, after the target's own
    # the firmware that is built on them; None: the one that the firmware folder has itself
    application_dir: Path | None = None
    say: Progress = field(default=no_progress, compare=False)  # a line that stays


class Recipe(Protocol):
    """A way to build the firmware."""

    def build(self, request: BuildRequest, progress: Progress = no_progress) -> Firmware:
        """Builds what changed.

        Raises: BuildFailed with the compiler's message, ToolMissing.
        """
        ...
