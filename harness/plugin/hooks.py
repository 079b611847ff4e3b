"""The hooks by which a firmware's own half makes itself known to the bench."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.plugin.application import Application


@pytest.hookspec(firstresult=True)
def pytest_hil_application(config: pytest.Config) -> Application[Any] | None:
    """What the firmware under test brings beside the agent."""
