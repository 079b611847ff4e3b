"""What a session under test needs around it: a folder, a board, a disk for its report."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Self

from harness.reliability.board import CHIP, PlayedBoard
from harness.reliability.faults import SCRIPTED
from harness.reliability.plan import Run

SUITE = "harness/reliability/inside/suite"
PLUGIN = "harness.reliability.inside.plugin"
_DISK_BYTES = 4 << 20


class Scene:
    """A folder for one run in `parent`, and everything in it.

    mark: the word that every process of the session inherits. report: the folder of its report.
    """

    def __init__(self, run: Run, parent: Path) -> None:
        self.run = run
        self.mark = secrets.token_hex(8)
        self.folder = parent / f"{run.number}"
        self.temporary = self.folder / "t"
        self.disk = self.folder / "disk"
        self.report = self.disk / "report"
        self.output = self.folder / "output.txt"
        self.socket = self.folder / "line"
        self.port = self.folder / "board"
        self.more: list[str] = []  # further options of pytest
        self.board: PlayedBoard | None = None
        self.other_user: int | None = None  # a descriptor by which another program uses the port
        self._is_mounted = False

    def __enter__(self) -> Self:
        self.temporary.mkdir(parents=True)
        self.disk.mkdir()
        if self.run.device == SCRIPTED:
            self.board = PlayedBoard(self.port)
        return self

    def __exit__(self, *_: object) -> None:
        if self.other_user is not None:
            os.close(self.other_user)
        if self.board is not None:
            self.board.unplug()
        if self._is_mounted:
            _command("umount", "-l", str(self.disk))
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def words(self) -> list[str]:
        """The command line of pytest."""
        on_host = ["--target", self.run.device]
        build = self.folder / "build"  # its own, since other sessions run at the same time
        on_board = ["--target", CHIP, "--port", str(self.port), "--build-dir", str(build)]
        return [
            *("-q", "-W", "ignore::pytest.PytestAssertRewriteWarning"),
            *("-p", "no:cacheprovider", "-p", PLUGIN, "--reliability", str(self.socket)),
            *(on_board if self.run.device == SCRIPTED else on_host),
            *(["-n", "2"] if self.run.kind.many else []),
            *("--report-dir", str(self.report), *self.more, SUITE),
        ]

    # ---- its disk -----------------------------------------------------------------------------

    def mount_disk(self, options: str = "") -> bool:
        """Mounts a small file system for the report. Returns False where that is not allowed."""
        sized = f"size={_DISK_BYTES}{options}"
        command = ("mount", "-t", "tmpfs", "-o", sized, "tmpfs", str(self.disk))
        self._is_mounted = os.name == "posix" and _command(*command)
        return self._is_mounted

    def fill_disk(self) -> None:
        """Fills it to the last byte."""
        size = 1 << 16
        with contextlib.suppress(OSError), (self.disk / "full").open("wb", buffering=0) as file:
            while size:
                try:
                    file.write(bytes(size))
                except OSError:
                    size //= 2


def _command(*words: str) -> bool:
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
