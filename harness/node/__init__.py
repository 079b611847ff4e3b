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
    HeadState,
    Hello,
    PanicKind,
    ResetReason,
    Status,
    WeightsSource,
)

__all__ = [
    "BootReport",
    "ClockMode",
    "CycleUnit",
    "EspErr",
    "Event",
    "HeadState",
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
    "WeightsSource",
    "compare_layouts",
]
