"""The options of the bench. Imports nothing of weight: every pytest loads this."""

from __future__ import annotations

from pathlib import Path

import pytest


def add_options(parser: pytest.Parser) -> None:
    """What the bench adds to pytest-embedded's options."""
    group = parser.getgroup("hil", "hardware in the loop")
    group.addoption("--sanitize", action="store_true", help="build with ASan and UBSan (host)")
    group.addoption("--coverage", action="store_true", help="build with line coverage (host)")
    group.addoption(
        "--overlay",
        metavar="NAME",
        action="append",
        help="another overlay of the build's configuration: head_off, 4mb, … or a file",
    )
    group.addoption(
        "--firmware-dir",
        metavar="DIR",
        type=Path,
        help="folder of the firmware to build. (Default: what pytest_hil_application says)",
    )
    group.addoption(
        "--as-found",
        action="store_true",
        help="leaves the settings and weights that a board has, instead of taking it as new",
    )
    group.addoption(
        "--report-dir",
        metavar="DIR",
        type=Path,
        help="where this session's report goes. (Default: reports/<time>-<target>/)",
    )
