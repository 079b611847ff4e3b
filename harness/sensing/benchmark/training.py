"""The kernel that training differentiates, measured where PyTorch is."""

from __future__ import annotations

import importlib

from harness.build.requirement import require
from harness.sensing.benchmark.results import Plan, Result
from harness.sensing.pytorch import TORCH


def measure(plan: Plan) -> Result:
    """As `training.speed` does. Raises ToolMissing."""
    require((TORCH,), "to measure training")
    result: Result = importlib.import_module("training.speed").measure(plan)
    return result
