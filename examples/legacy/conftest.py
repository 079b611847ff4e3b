"""The firmware of these tests: one without the agent, whose console is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.plugin.application import Application


class Legacy(Application[Any]):
    has_agent = False


def pytest_hil_application(config: pytest.Config) -> Legacy:
    return Legacy(Path(__file__).parent / "firmware")
