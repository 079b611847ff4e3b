"""The firmware of these tests: functions that the agent calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.plugin.application import Application


def pytest_hil_application(config: pytest.Config) -> Application[Any]:
    return Application(Path(__file__).parent / "firmware")
