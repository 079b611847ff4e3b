"""A program that is run for what it says."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path


def program_output(
    command: Sequence[str], cwd: Path | str | None = None, timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs it without input; `stdout` has its errors as well, as text. Raises as subprocess.run."""
    return subprocess.run(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
