"""The node: everything a test can ask of it."""

from __future__ import annotations

from harness.node.api.capture import CaptureApi
from harness.node.api.controller import ControllerApi
from harness.node.api.csi import CsiApi
from harness.node.api.edge import EdgeApi
from harness.node.api.head import HeadApi
from harness.node.api.kernel import AttentionApi
from harness.node.api.settings import SettingsApi
from harness.node.api.stream import StreamApi
from harness.node.api.task import TaskApi
from harness.node.api.weights import WeightsApi
from harness.node.layout import StructLayout
from harness.node.schema import declared_structs
from kernels_ref.packets import layouts


class Node(
    TaskApi,
    ControllerApi,
    CsiApi,
    SettingsApi,
    WeightsApi,
    AttentionApi,
    StreamApi,
    HeadApi,
    EdgeApi,
    CaptureApi,
):
    """The only user of the agent's protocol; it alone decides what silence and restarts mean."""


def expected_layouts() -> list[StructLayout]:
    """What the schema says of every struct that a node must report."""
    return [*layouts(), *(struct.layout() for struct in declared_structs())]
