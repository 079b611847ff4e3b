"""Which sessions and which tests are about the device."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.target import checkout

UNIT_TESTS = "tests"  # the tests in this folder of the project judge no device
# Options with which pytest tells something and runs no test.
_INFORM = (
    *("help", "version", "markers", "showfixtures", "show_fixtures_per_test"),
    *("cacheshow", "setupplan"),
)

# What a test asks for to get at a device. A fixture of the user's own by one of these names hides
# the bench's: such a test is about a device of the user's own.
DEVICE_FIXTURES = frozenset({"node", "nodes", "device", "devices", "dut", "reception", "serial"})


def only_informs(config: pytest.Config) -> bool:
    """Whether the command line asks pytest for something else than to run tests."""
    return any(getattr(config.option, name, None) for name in _INFORM)


def judges_no_device(config: pytest.Config) -> bool:
    """Whether every path on the command line lies below this project's own unit tests. What others
    keep in a folder of that name are tests as any."""
    project = checkout()
    if project is None:
        return False
    root = project / UNIT_TESTS
    paths = [Path(config.invocation_params.dir, arg.partition("::")[0]) for arg in config.args]
    return bool(paths) and all(path.resolve().is_relative_to(root) for path in paths)


def needs_device(item: pytest.Item) -> bool:
    """Whether the test asks for the session's device, itself or through a fixture."""
    return "hil_bench" in getattr(item, "fixturenames", ())


def is_about_device(item: pytest.Item) -> bool:
    """Whether the test's passing says something of a device."""
    names = frozenset(getattr(item, "fixturenames", ()))
    return "hil_bench" in names or bool(names & DEVICE_FIXTURES)
