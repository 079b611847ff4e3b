"""The hooks by which a firmware's own half makes itself known to the bench."""

from __future__ import annotations

from typing import Any

import pytest

from harness.plugin.application import Application


@pytest.hookspec(firstresult=True)
def pytest_hil_application(config: pytest.Config) -> Application[Any] | None:
    """What the firmware under test brings beside the agent."""
