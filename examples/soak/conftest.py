"""The firmware of these tests: a pool that is used all the time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.plugin.application import Application


class Pool(Application[Any]):
    def firmware_dir(self, config: pytest.Config) -> Path:
        return Path(__file__).parent / "firmware"


def pytest_hil_application(config: pytest.Config) -> Pool:
    return Pool()
