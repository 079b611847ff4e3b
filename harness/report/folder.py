"""The folder of one session's report."""

from __future__ import annotations

import datetime
import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BenchError

# What a session writes beside folders, and what its journal begins with.
_OURS = re.compile(
    r"report\.html|junit\.xml|metrics\.jsonl|console(-gw\d+)?(-node\d+)?\.log|replay\.html"
)
_BEGINS = b'{"kind":'


class FolderTaken(BenchError):
    """A report was to go where files of the same names lie that no session wrote."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(
            f"The report would overwrite {name} in {path}, which no session wrote.",
            "Name another folder with --report-dir.",
        )
        self.path = path
        self.name = name


@dataclass(frozen=True)
class ReportFolder:
    """`path` and the files in it."""

    path: Path

    @classmethod
    def create(cls, parent: Path, label: str, now: datetime.datetime | None = None) -> ReportFolder:
        """A new folder `<time>-<label>` in `parent`; a second in the same second gets a number."""
        stem = f"{now or datetime.datetime.now():%Y%m%d-%H%M%S}-{label}"
        for suffix in itertools.chain([""], (f"-{n}" for n in itertools.count(2))):
            path = parent / f"{stem}{suffix}"
            try:
                path.mkdir(parents=True)
            except FileExistsError:
                continue
            return cls(path)
        raise AssertionError("unreachable: the suffixes do not end")

    @classmethod
    def claim(cls, path: Path) -> ReportFolder:
        """The folder `path`, with nothing of an earlier session in it: an old page would be taken
        for this session's.

        Raises: FolderTaken when files that no session wrote stand in the way; OSError.
        """
        path.mkdir(parents=True, exist_ok=True)
        folder = cls(path.resolve())
        ours = [entry for entry in sorted(folder.path.iterdir()) if _OURS.fullmatch(entry.name)]
        if ours and not folder._has_journal():
            raise FolderTaken(folder.path, ours[0].name)
        for old in ours:
            old.unlink()
        return folder

    def _has_journal(self) -> bool:
        """Whether a session was here; one that was killed at once left an empty journal."""
        try:
            with self.metrics.open("rb") as journal:
                return journal.read(len(_BEGINS)) in (_BEGINS, b"")
        except FileNotFoundError:
            return False

    @property
    def html(self) -> Path:
        return self.path / "report.html"

    @property
    def junit(self) -> Path:
        return self.path / "junit.xml"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    def console(self, worker: str = "", index: int = 0) -> Path:
        """Everything a node said, byte for byte; one file a node and worker of pytest-xdist."""
        node = f"node{index + 1}" if index else ""
        return self.path / ("-".join(filter(None, ("console", worker, node))) + ".log")
