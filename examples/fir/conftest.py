"""The firmware of these tests: functions, and an agent that calls them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.plugin.application import Application


class Fir(Application[Any]):
    def firmware_dir(self, config: pytest.Config) -> Path:
        return Path(__file__).parent / "firmware"


def pytest_hil_application(config: pytest.Config) -> Fir:
    return Fir()
