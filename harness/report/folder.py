"""The folder of one session's report."""

from __future__ import annotations

import datetime
import itertools
from dataclasses import dataclass
from pathlib import Path


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
