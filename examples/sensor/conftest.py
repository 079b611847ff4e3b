"""The firmware of these tests: a driver, and an agent that calls it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.plugin.application import Application


class Sensor(Application[Any]):
    def firmware_dir(self, config: pytest.Config) -> Path:
        return Path(__file__).parent / "firmware"


def pytest_hil_application(config: pytest.Config) -> Sensor:
    return Sensor()
