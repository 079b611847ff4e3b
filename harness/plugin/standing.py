"""Whether a session is ours. Imports nothing of weight: every pytest asks this."""

from __future__ import annotations

import pytest

MARKERS = (
    "needs(*capabilities): what the test needs of the target; skipped where the target lacks it",
    "reboots: the test restarts the node; the node is brought to a clean state after it",
)
INSTALLED = "hil.firmware"
_OPTIONS = ("firmware_dir", "overlay", "sanitize", "coverage")
# pytest-embedded's: which board
_BOARD = ("port", "port_serial_number", "port_location", "port_mac")


def is_ours(config: pytest.Config) -> bool:
    """Whether the bench has anything to do in the session: it is told what to drive, or the tests
    belong to a firmware that can be driven."""
    return declares_firmware(config) or names_device(config)


def declares_firmware(config: pytest.Config) -> bool:
    """Whether a conftest.py or a plugin has said what the firmware under test is."""
    return bool(config.hook.pytest_hil_application.get_hookimpls())


def take_installed_firmware(config: pytest.Config) -> None:
    """Where nobody has declared a firmware, the one that an installed package brings: a pytest
    plugin that an entry point of the group `hil.firmware` names."""
    if declares_firmware(config):
        return
    import importlib.metadata

    for point in importlib.metadata.entry_points(group=INSTALLED):
        config.pluginmanager.import_plugin(point.value)


def names_device(config: pytest.Config) -> bool:
    """Whether the command line says what is to be driven.

    --target is pytest-embedded's option too: where no firmware is declared, an unknown name is its
    own matter, and so is a known one with --embedded-services.
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
