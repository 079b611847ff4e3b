"""The folder of one session's report."""

from __future__ import annotations

import datetime
import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BenchError

# The files that a session writes, and the first bytes of its journal.
_OURS = re.compile(
    r"report\.html|junit\.xml|metrics\.jsonl|console(-gw\d+)?(-node\d+)?\.log|replay\.html"
)
_BEGINS = b'{"kind":'


@dataclass(frozen=True)
class ReportFolder:
    """`path`, and the names of the files in it."""

    path: Path

    @classmethod
    def create(cls, parent: Path, label: str, now: datetime.datetime | None = None) -> ReportFolder:
        """Makes a folder `<time>-<label>` in `parent`, with a number if there is one already."""
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
        """Takes the folder `path`, and removes the files of an earlier session from it, so that no
        old page is mistaken for this session's.

        Raises: BenchError when it has files of these names that no session has written; OSError.
        """
        path.mkdir(parents=True, exist_ok=True)
        folder = cls(path.resolve())
        ours = [entry for entry in sorted(folder.path.iterdir()) if _OURS.fullmatch(entry.name)]
        if ours and not folder._has_journal():
            raise BenchError(
                f"The report would overwrite {ours[0].name} in {folder.path}, which no session has "
                "written.",
                "Name another folder with --report-dir.",
            )
        for old in ours:
            old.unlink()
        return folder

    def _has_journal(self) -> bool:
        """Whether a session has written here; one that was killed at once left an empty journal."""
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
        """The file of all bytes that a node has sent; each node and pytest-xdist worker has one."""
        node = f"node{index + 1}" if index else ""
        return self.path / ("-".join(filter(None, ("console", worker, node))) + ".log")
