"""What a soak found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.cli.console import table_text
from harness.errors import BenchError
from harness.sensing.soak.plan import say_duration
from kernels_ref.edge.mock import Scenario

_LISTED = 20


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with the node. minute: when, counted from 1. kind, what: for a
    person."""

    kind: str
    minute: int
    what: str


@dataclass
class SoakResult:
    """wanted: how many minutes were asked for. minutes: how many were measured to their end. said:
    how often the head gave which class while a scenario played."""

    wanted: int
    minutes: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    said: Counter[tuple[Scenario, int]] = field(default_factory=Counter)

    @property
    def was_stopped(self) -> bool:
        return self.minutes < self.wanted

    def summary(self) -> str:
        """One sentence."""
        of = f" of {say_duration(self.wanted)}" if self.was_stopped else ""
        seen = f"{say_duration(self.minutes)}{of} of the node's time"
        if not self.findings:
            return f"{seen}, and nothing wrong"
        kinds = Counter(finding.kind for finding in self.findings)
        listed = ", ".join(f"{count} x {kind}" for kind, count in kinds.items())
        return f"{seen}, and {len(self.findings)} things wrong: {listed}"


def said_table(result: SoakResult, classes: Sequence[str]) -> str:
    """A line for each scenario: how often the head gave each class while it played."""
    scenarios = dict.fromkeys(scenario for scenario, _ in result.said)
    rows = [
        [scenario.name.lower(), *(str(result.said[scenario, i]) for i in range(len(classes)))]
        for scenario in scenarios
    ]
    return table_text(("", *classes), rows, numbers=slice(1, None))


class SoakFound(AssertionError):
    """The device is wrong."""

    def __init__(self, result: SoakResult) -> None:
        super().__init__(f"{result.summary()}\n{_list(result.findings)}")
        self.result = result


class SoakStopped(BenchError):
    """The soak was stopped before its end; until then nothing was wrong."""

    def __init__(self, result: SoakResult) -> None:
        super().__init__(f"The soak was stopped: {result.summary()}.")
        self.result = result


def _list(findings: Sequence[Finding]) -> str:
    lines = [f"  minute {finding.minute}: {finding.what}" for finding in findings[:_LISTED]]
    if len(findings) > _LISTED:
        lines.append(f"  … and {len(findings) - _LISTED} more, in metrics.jsonl")
    return "\n".join(lines)
