"""A built image and what is known of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BenchError


class ImageUnreadable(BenchError):
    """The build left no image, or no description of it."""

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


def read_firmware(target: str, build_dir: Path, *, was_built: bool) -> Firmware:
    """Reads build.json in `build_dir`, and finds the image that it names (else node.elf).

    Raises: ImageUnreadable.
    """
    description = build_dir / "build.json"
    elf = build_dir / _elf_name(description)
    if not elf.is_file():
        raise ImageUnreadable(elf, "it is not there")
    try:
        sha256 = json.loads(description.read_text(encoding="utf-8"))["elf_sha256"]
        if len(bytes.fromhex(sha256)) != 32:
            raise ValueError("elf_sha256 is not 32 bytes")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImageUnreadable(description, str(error)) from error
    return Firmware(target, elf, build_dir, sha256, was_built)


def _elf_name(description: Path) -> str:
    try:
        return str(json.loads(description.read_text(encoding="utf-8"))["elf"])
    except (OSError, ValueError, KeyError, TypeError):
        return "node.elf"
