"""What all of the project's own tests have in common."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from harness.target import project_root

# How long an example takes is the machine's matter, and it may be busy with other work.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")


@pytest.fixture(scope="session")
def firmware(pytestconfig: pytest.Config) -> Path:
    """The project's firmware, or what --firmware-dir names: the sources of C parts."""
    named = pytestconfig.getoption("firmware_dir")
    return Path(named).resolve() if named else project_root() / "firmware"


@pytest.fixture(scope="session", autouse=True)
def children_heed_signals() -> Iterator[None]:
    """A shell lets what it runs in the background ignore Ctrl-C, `nohup` the terminal's end, and
    children inherit that; those of tests are to end on them."""
    usual = {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}
    numbers = {getattr(signal, name): usual[name] for name in usual if hasattr(signal, name)}
    ignored = [n for n in numbers if signal.getsignal(n) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, numbers[number])
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
