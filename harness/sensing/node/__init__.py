"""The calls of the sensing node, by subject. `SensingNode` has all of them."""

from harness.sensing.node.kernel import AttentionResult
from harness.sensing.node.node import SensingNode, expected_layouts
from harness.sensing.node.task import Classification

__all__ = ["AttentionResult", "Classification", "SensingNode", "expected_layouts"]
