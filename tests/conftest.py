"""What all of the project's own tests have in common."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.target import project_root


@pytest.fixture(scope="session")
def firmware(pytestconfig: pytest.Config) -> Path:
    """The project's firmware, or what --firmware-dir names: the sources of C parts."""
    named = pytestconfig.getoption("firmware_dir")
    return Path(named).resolve() if named else project_root() / "firmware"


@pytest.fixture(scope="session", autouse=True)
def children_heed_ctrl_c() -> Iterator[None]:
    """A shell lets what it runs in the background ignore Ctrl-C, and children inherit that; those
    of tests are to end on it."""
    is_ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    if is_ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    if is_ignored:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
