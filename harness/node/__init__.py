"""The node agent's protocol and its only user, `Node`."""

from harness.node.api.kernel import AttentionResult
from harness.node.api.task import Classification
from harness.node.client import Timing
from harness.node.console import LogLine
from harness.node.esp_err import EspErr
from harness.node.framing import Event, Reply, Request
from harness.node.layout import LayoutMismatch, StructLayout, compare_layouts
from harness.node.node import Node, expected_layouts
from harness.node.structs import (
    BootReport,
    ClockMode,
    ControllerState,
    CycleUnit,
    Decision,
    HeadForm,
    HeadState,
    Hello,
    Kernel,
    Observation,
    PanicKind,
    PushResult,
    ResetReason,
    Setting,
    Status,
    TaskAction,
    WeightsSource,
)

__all__ = [
    "AttentionResult",
    "BootReport",
    "Classification",
    "ClockMode",
    "ControllerState",
    "CycleUnit",
    "Decision",
    "EspErr",
    "Event",
    "HeadForm",
    "HeadState",
    "Hello",
    "Kernel",
    "LayoutMismatch",
    "LogLine",
    "Node",
    "Observation",
    "PanicKind",
    "PushResult",
    "Reply",
    "Request",
    "ResetReason",
    "Setting",
    "Status",
    "StructLayout",
    "TaskAction",
    "Timing",
    "WeightsSource",
    "compare_layouts",
    "expected_layouts",
]
