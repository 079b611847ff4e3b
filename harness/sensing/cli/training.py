"""What the commands that train share: the recordings, and PyTorch in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.errors import BenchError
from harness.sensing.recordings import NOT_SET, data_folder
from harness.target import project_root


def recordings_folder(data: Path | None, who: str) -> Path:
    """The folder that --data names, else HIL_CSI_DATA. Raises BenchError."""
    folder = data or data_folder()
    if folder is None:
        raise BenchError(f"{who} {NOT_SET}.", "Or name the folder with --data.")
    if not folder.is_dir():
        raise BenchError(f"{folder} is no folder.", "Name the one that holds recordings.")
    return folder.resolve()


def run_training(module: str, words: Sequence[str]) -> int:
    """`python -m MODULE WORDS`: PyTorch is imported there alone. Returns its exit status."""
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, cwd=project_root(), check=False).returncode
