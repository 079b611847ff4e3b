"""The firmware of these tests: one without the agent, which is listened to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.plugin.application import Application


class Legacy(Application[Any]):
    has_agent = False

    def firmware_dir(self, config: pytest.Config) -> Path:
        return Path(__file__).parent / "firmware"


def pytest_hil_application(config: pytest.Config) -> Legacy:
    return Legacy()
