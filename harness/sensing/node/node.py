"""The sensing node: everything a test can ask of it."""

from __future__ import annotations

from harness.node.layout import FieldLayout, StructLayout
from harness.node.node import Node, agent_layouts
from harness.node.schema import declared_structs
from harness.sensing.node.capture import CaptureApi
from harness.sensing.node.controller import ControllerApi
from harness.sensing.node.csi import CsiApi
from harness.sensing.node.edge import EdgeApi
from harness.sensing.node.head import HeadApi
from harness.sensing.node.kernel import AttentionApi
from harness.sensing.node.settings import SettingsApi
from harness.sensing.node.state import StateApi
from harness.sensing.node.stream import StreamApi
from harness.sensing.node.task import TaskApi
from harness.sensing.node.weights import WeightsApi
from kernels_ref.packets import layouts
from kernels_ref.wire import Layout


class SensingNode(
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
    StateApi,
    Node,
):
    """A node with the calls of all subjects."""


def expected_layouts() -> list[StructLayout]:
    """What the schema says of every struct that this node must report: the agent's, its own, and
    those of its packets."""
    own = [struct.layout() for struct in declared_structs("harness.sensing.structs")]
    return [*map(_of_packet, layouts()), *agent_layouts(), *own]


def _of_packet(layout: Layout) -> StructLayout:
    fields = tuple(FieldLayout(*field) for field in layout.fields)
    return StructLayout(layout.name, layout.size, fields)
