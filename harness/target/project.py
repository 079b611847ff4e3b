"""Finds the project's own files, in a checkout or in the package of an installed wheel."""

from __future__ import annotations

from pathlib import Path

import harness
from harness.errors import BenchError

_PACKAGE = Path(harness.__file__).resolve().parent
# Where a wheel has the sources that every firmware is built on.
_IN_WHEEL = _PACKAGE / "firmware"


def checkout() -> Path | None:
    """The folder that holds `harness`, `firmware` and `hil_tests`; None in an installed wheel."""
    return None if _IN_WHEEL.is_dir() else _PACKAGE.parent


def project_root() -> Path:
    """The same. Raises: BenchError in an installed wheel, which holds only the bench."""
    root = checkout()
    if root is None or not (root / "firmware").is_dir():
        raise BenchError(
            f"This needs the project, and the bench in {_PACKAGE} is installed without it.",
            "Install from a checkout, with: pip install -e .",
        )
    return root


def firmware_dir() -> Path:
    """The folder of the firmware's sources: agent, machine and ports, and in a checkout the sensing
    node too."""
    return _IN_WHEEL if checkout() is None else project_root() / "firmware"
