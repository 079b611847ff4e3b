"""What every pytest loads: the options, the markers, the hook, and whether the session is ours.

Imports nothing that takes time to load.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.plugin.application import Application

MARKERS = (
    "needs(*capabilities): what the test needs of the target; skipped where the target lacks it",
    "reboots: the test restarts the node; the node is brought to a clean state after it",
)
INSTALLED = "hil.firmware"
_OPTIONS = ("firmware_dir", "overlay", "sanitize", "coverage")
# options of pytest-embedded that say which board
_BOARD = ("port", "port_serial_number", "port_location", "port_mac")


class Hooks:
    """The hooks that a firmware's conftest.py or plugin implements."""

    @pytest.hookspec(firstresult=True)
    def pytest_hil_application(self, config: pytest.Config) -> Application[Any] | None:
        """What the firmware under test has beside the agent."""


def add_options(parser: pytest.Parser) -> None:
    """Adds the options of the bench to those of pytest-embedded."""
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
        help="keep the settings and weights that a board has, instead of erasing them first",
    )
    group.addoption(
        "--report-dir",
        metavar="DIR",
        type=Path,
        help="where this session's report goes. (Default: reports/<time>-<target>/)",
    )


def is_ours(config: pytest.Config) -> bool:
    """Whether the bench takes part in the session: the command line names what to drive, or the
    tests belong to a firmware that can be driven."""
    return declares_firmware(config) or names_device(config)


def declares_firmware(config: pytest.Config) -> bool:
    """Whether a conftest.py or a plugin has said what the firmware under test is."""
    return bool(config.hook.pytest_hil_application.get_hookimpls())


def take_installed_firmware(config: pytest.Config) -> None:
    """Where nobody has declared a firmware, takes the one of an installed package: a pytest plugin
    that an entry point of the group `hil.firmware` names."""
    if declares_firmware(config):
        return
    import importlib.metadata

    for point in importlib.metadata.entry_points(group=INSTALLED):
        config.pluginmanager.import_plugin(point.value)


def names_device(config: pytest.Config) -> bool:
    """Whether the command line says what is to be driven.

    --target is pytest-embedded's option too. Where no firmware is declared, a name that is not one
    of our targets is left to pytest-embedded, and so is any name given with --embedded-services.
    """
    option = config.option
    if any(getattr(option, name, None) for name in _OPTIONS):
        return True
    target = getattr(option, "target", None)
    if declares_firmware(config):
        is_counted = getattr(option, "count", 1) != 1
        return bool(target) or is_counted or any(getattr(option, name, None) for name in _BOARD)
    if not target or getattr(option, "embedded_services", None):
        return False
    from harness.target import known_names

    return target in known_names()
