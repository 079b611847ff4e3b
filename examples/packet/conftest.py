"""The firmware of these tests: a door that sends a packet."""

from __future__ import annotations

from pathlib import Path

import pytest
from door import STRUCTS, DoorNode

from harness.node.layout import StructLayout
from harness.plugin.application import Application


class Door(Application[DoorNode]):
    node_type = DoorNode

    def layouts(self) -> list[StructLayout]:
        return [*super().layouts(), *(struct.layout() for struct in STRUCTS)]


def pytest_hil_application(config: pytest.Config) -> Door:
    return Door(Path(__file__).parent / "firmware")
