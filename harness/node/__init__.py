"""The node agent's protocol and its only user, `Node`."""

from harness.node.client import Timing
from harness.node.esp_err import EspErr
from harness.node.layout import compare_layouts
from harness.node.node import Node
from harness.node.structs import ClockMode, CycleUnit, ResetReason

__all__ = [
    "ClockMode",
    "CycleUnit",
    "EspErr",
    "Node",
    "ResetReason",
    "Timing",
    "compare_layouts",
]
