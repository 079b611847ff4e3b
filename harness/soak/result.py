"""What came of a soak."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.errors import BenchError
from harness.soak.plan import say_duration

_LISTED = 20


@dataclass(frozen=True)
class Finding:
    """Something wrong with the node. kind: what of; minute: when, counted from 1."""

    kind: str
    minute: int
    what: str


@dataclass
class SoakResult:
    """minutes: that were measured to their end. wanted: that were asked for."""

    wanted: int
    minutes: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

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


class SoakFound(AssertionError):
    """The device is wrong."""

    def __init__(self, result: SoakResult) -> None:
        super().__init__(f"{result.summary()}\n{_list(result.findings)}")
        self.result = result


class SoakStopped(BenchError):
    """It was ended before its time; until then nothing was wrong."""

    def __init__(self, result: SoakResult) -> None:
        super().__init__(f"The soak was stopped: {result.summary()}.")
        self.result = result


def _list(findings: Sequence[Finding]) -> str:
    lines = [f"  minute {finding.minute}: {finding.what}" for finding in findings[:_LISTED]]
    if len(findings) > _LISTED:
        lines.append(f"  … and {len(findings) - _LISTED} more, in metrics.jsonl")
    return "\n".join(lines)
