"""Folders for temporary files that go with this process, however it ends."""

from __future__ import annotations

import tempfile

from harness.device import orphans


class ScratchFolder(tempfile.TemporaryDirectory[str]):
    """A temporary folder that is removed even if this process is killed outright."""

    def __init__(self, prefix: str, parent: str | None = None) -> None:
        super().__init__(prefix=prefix, dir=parent)
        orphans.watch_folder(self.name)

    def cleanup(self) -> None:
        """Removes it."""
        super().cleanup()
        orphans.forget_folder(self.name)
