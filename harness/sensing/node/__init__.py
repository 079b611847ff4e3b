"""What a test can ask of the sensing node, by subject; `SensingNode` is all of it."""

from harness.sensing.node.kernel import AttentionResult
from harness.sensing.node.node import SensingNode, expected_layouts
from harness.sensing.node.task import Classification

__all__ = ["AttentionResult", "Classification", "SensingNode", "expected_layouts"]
