"""Where the project's own files are."""

from __future__ import annotations

from pathlib import Path

import harness
from harness.errors import BenchError


def project_root() -> Path:
    """The folder that holds `harness`, `firmware` and `hil_tests`.

    Raises: BenchError when the harness was installed without the sources beside it.
    """
    root = Path(harness.__file__).resolve().parents[1]
    if not (root / "firmware").is_dir():
        raise BenchError(
            f"The firmware's sources are not beside the harness in {root}.",
            "Install from a checkout, with: pip install -e .",
        )
    return root


def firmware_dir() -> Path:
    """The folder of the firmware's sources."""
    return project_root() / "firmware"
