"""What a builder is asked for, and the image that it gives back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness.errors import BenchError


class ImageUnreadable(BenchError):
    """The build left no image, or no description of the image."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} is not what a build leaves behind: {why}.",
            "Remove its folder and build again.",
        )
        self.path = path


@dataclass(frozen=True)
class Firmware:
    """A linked image. `elf_sha256` is what the node reports of itself when it runs this image."""

    target: str
    elf: Path
    build_dir: Path
    elf_sha256: str  # 64 hex digits
    was_built: bool  # False: everything was up to date


# Called with a short line about each step: "12/40 sparse_attention.c"
Progress = Callable[[str], None]


def no_progress(_line: str) -> None:
    """For callers that show no progress."""


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
    say: Progress = field(default=no_progress, compare=False)  # shows a line that stays


class Recipe(Protocol):
    """A way to build the firmware."""

    def build(self, request: BuildRequest, progress: Progress = no_progress) -> Firmware:
        """Builds what changed.

        Raises: BuildFailed with the compiler's message, ToolMissing.
        """
        ...


def read_firmware(target: str, build_dir: Path, *, was_built: bool) -> Firmware:
    """Reads build.json in `build_dir`, and finds the image that it names (else node.elf).

    Raises: ImageUnreadable.
    """
    description = build_dir / "build.json"
    try:
        told = json.loads(description.read_text(encoding="utf-8"))
        elf, sha256 = build_dir / told.get("elf", "node.elf"), told["elf_sha256"]
        if len(bytes.fromhex(sha256)) != 32:
            raise ValueError("elf_sha256 is not 32 bytes")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ImageUnreadable(description, str(error)) from error
    if not elf.is_file():
        raise ImageUnreadable(elf, "it is not there")
    return Firmware(target, elf, build_dir, sha256, was_built)
