"""Which sources the tests of C parts compile."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.target import project_root


@pytest.fixture(scope="session")
def firmware(pytestconfig: pytest.Config) -> Path:
    """The project's firmware, or what --firmware-dir names."""
    named = pytestconfig.getoption("firmware_dir")
    return Path(named).resolve() if named else project_root() / "firmware"
