"""A benchmark run as it is stored, and the earlier one it is compared with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import BenchError
from harness.sensing.benchmark.results import Curve, Plan, Result
from harness.sensing.figure import Figure

FORMAT = "hil-bench 1"
FILE_NAME = "bench.json"


@dataclass(frozen=True)
class Run:
    """Everything one call of `hil bench` measured.

    Attributes:
        when: local time, ISO 8601.
        versions: of the project, the machine, Python and numpy.
        plan: how much was measured.
        results: a result of each source.
    """

    when: str
    versions: Mapping[str, str]
    plan: Plan
    results: tuple[Result, ...]

    def curve(self, source: str, name: str, unit: str) -> Curve | None:
        """A curve by its name and unit, if this run has it."""
        curves = (curve for one in self.results if one.source == source for curve in one.curves)
        return next((curve for curve in curves if (curve.name, curve.unit) == (name, unit)), None)

    def figure(self, source: str, name: str) -> Figure | None:
        """A figure by its name, if this run has it."""
        figures = (each for one in self.results if one.source == source for each in one.measured)
        return next((figure for figure in figures if figure.name == name), None)

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "format": FORMAT,
            "when": self.when,
            "versions": dict(self.versions),
            "plan": {"longest": self.plan.longest, "rounds": self.plan.rounds},
            "results": [result.to_json() for result in self.results],
        }


def save(run: Run, folder: Path) -> Path:
    """Write the run into `folder` and return the file."""
    path = folder / FILE_NAME
    path.write_text(json.dumps(run.to_json(), indent=1) + "\n", encoding="utf-8")
    return path


def load(path: Path) -> Run:
    """A stored run, from its file or the folder it is in.

    Raises:
        OSError: the file cannot be read.
        BenchError: it is not a stored run.
    """
    if path.is_dir():
        path = path / FILE_NAME
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["format"] != FORMAT:
            raise ValueError(f"its format is {value['format']!r}, not {FORMAT!r}")
        return Run(
            str(value["when"]),
            dict(value["versions"]),
            Plan(**value["plan"]),
            tuple(Result.from_json(result) for result in value["results"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BenchError(f"{path} is not a run that `hil bench` stored: {error}") from error
