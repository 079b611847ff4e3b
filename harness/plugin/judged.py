"""Which sessions and which tests are about the device."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.target import checkout

UNIT_TESTS = "tests"  # the tests in this folder of the project judge no device
# Options with which pytest prints information and runs no test.
_INFORM = (
    *("help", "version", "markers", "showfixtures", "show_fixtures_per_test"),
    *("cacheshow", "setupplan"),
)

# Fixtures by which a test uses a device. A user's own fixture by one of these names replaces the
# bench's, and its test is about a device of the user's own.
DEVICE_FIXTURES = frozenset({"node", "nodes", "device", "devices", "dut", "reception", "serial"})


def only_informs(config: pytest.Config) -> bool:
    """Whether the command line asks pytest for information only."""
    return any(getattr(config.option, name, None) for name in _INFORM)


def judges_no_device(config: pytest.Config) -> bool:
    """Whether every path on the command line lies below the unit tests of this project. A folder of
    that name in another project may use devices."""
    project = checkout()
    if project is None:
        return False
    root = project / UNIT_TESTS
    paths = [Path(config.invocation_params.dir, arg.partition("::")[0]) for arg in config.args]
    return bool(paths) and all(path.resolve().is_relative_to(root) for path in paths)


def needs_device(item: pytest.Item) -> bool:
    """Whether the test asks for the session's device, by itself or through a fixture."""
    return "hil_session" in getattr(item, "fixturenames", ())


def is_about_device(item: pytest.Item) -> bool:
    """Whether a pass of the test says something about a device."""
    names = frozenset(getattr(item, "fixturenames", ()))
    return "hil_session" in names or bool(names & DEVICE_FIXTURES)
