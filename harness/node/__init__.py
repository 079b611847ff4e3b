"""The node agent's protocol and its only user, `Node`."""

from harness.node.client import Timing
from harness.node.console import LogLine
from harness.node.esp_err import EspErr
from harness.node.framing import Event, Reply, Request
from harness.node.layout import LayoutMismatch, StructLayout, compare_layouts
from harness.node.node import Node
from harness.node.structs import (
    BootReport,
    ClockMode,
    CycleUnit,
    Hello,
    PanicKind,
    ResetReason,
    Status,
)

__all__ = [
    "BootReport",
    "ClockMode",
    "CycleUnit",
    "EspErr",
    "Event",
    "Hello",
    "LayoutMismatch",
    "LogLine",
    "Node",
    "PanicKind",
    "Reply",
    "Request",
    "ResetReason",
    "Status",
    "StructLayout",
    "Timing",
    "compare_layouts",
]
