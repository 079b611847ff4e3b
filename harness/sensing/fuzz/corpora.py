"""What fuzzing has found worth keeping: an archive for each target."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

from harness.target import project_root

CORPORA = project_root() / "tests" / "node" / "corpora"
_WHEN = (1980, 1, 1, 0, 0, 0)


def unpack(target: str, folder: Path, corpora: Path = CORPORA) -> list[Path]:
    """Writes the inputs that are kept for a target into a folder; none where none are kept."""
    archive = corpora / f"{target}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    if not archive.is_file():
        return []
    with zipfile.ZipFile(archive) as held:
        held.extractall(folder)
        return sorted(folder / name for name in held.namelist())


def pack(target: str, inputs: Iterable[bytes], corpora: Path = CORPORA) -> Path:
    """Keeps these inputs for a target, and no others; the same bytes for the same inputs."""
    corpora.mkdir(parents=True, exist_ok=True)
    archive = corpora / f"{target}.zip"
    named = {hashlib.sha256(data).hexdigest()[:16]: data for data in inputs}
    with zipfile.ZipFile(archive, "w") as held:
        for name in sorted(named):
            entry = zipfile.ZipInfo(name, _WHEN)
            held.writestr(entry, named[name], zipfile.ZIP_DEFLATED, 9)
    return archive
