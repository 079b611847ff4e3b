"""What `hil bench` can measure, each in a process of its own.

A source is a function `measure(plan: Plan) -> Result` (`harness/sensing/benchmark/results.py`). It
takes one line here. It may write its progress to stderr, but nothing to stdout.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Collection

from harness.build.requirement import require
from harness.errors import BenchError
from harness.sensing.benchmark.results import Plan, Result
from harness.sensing.benchmark.timing import in_one_thread
from harness.sensing.pytorch import TORCH

SOURCES = {
    "oracle": "harness.sensing.benchmark.oracle:measure",
    "kernel": "harness.sensing.benchmark.kernel:measure",
    "harness": "harness.sensing.benchmark.overhead:measure",
    "suite": "harness.sensing.benchmark.suite:measure",
    "training": "training.speed:measure",
}
"""Name -> module and function."""

ON_REQUEST = ("suite", "training")
"""Measured only when named: the suite takes minutes, and not everybody has PyTorch."""


def chosen(only: Collection[str]) -> list[str]:
    """The sources to measure: those named, else all that need no naming."""
    return [name for name in SOURCES if name in only or (not only and name not in ON_REQUEST)]


def measure_source(name: str, plan: Plan) -> Result:
    """What the source `name` measures, in a process of its own.

    Raises:
        BenchError: the source could not measure.
    """
    answer = json.loads(
        in_one_thread("harness.sensing.benchmark.sources", name, plan.longest, plan.rounds)
    )
    if "error" in answer:
        raise BenchError(answer["error"])
    return Result.from_json(answer)


def main() -> None:
    """Measure one source in this process and print JSON. Arguments: name, longest, rounds."""
    name, longest, rounds = sys.argv[1:]
    module, _, function = SOURCES[name].partition(":")
    try:
        if name == "training":
            require((TORCH,), "to measure training")
        result = getattr(importlib.import_module(module), function)(Plan(int(longest), int(rounds)))
    except BenchError as error:
        answer = {"error": str(error)}
    else:
        answer = result.to_json()
    sys.stdout.write(json.dumps(answer) + "\n")
