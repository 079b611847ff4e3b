"""What the head costs on a device: instructions or cycles by phase, with their targets.

The measurement needs a node, so it is a test (`hil_tests/test_device_speed.py`). It writes one
record for each case into the journal of its session, and `hil bench --device` prints these records.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.node.structs import CycleUnit
from harness.report.journal import Record
from harness.sensing.benchmark.present import Table
from harness.sensing.structs.kernel import Phase, Profile

RECORD = "device_speed"
STACK_BYTES = 4 * 1024 - 1
CLASSIFY_MS = 50.0
CLOCK_HZ = 240e6  # of an ESP32-S3 as it is configured
_COLUMNS = {
    Phase.PROJECTION: "projection",
    Phase.SCORES: "scores",
    Phase.WEIGHTS: "exp",
    Phase.SUMS: "weighted sum",
    Phase.LANDMARKS: "landmarks",
    Phase.CANDIDATES: "candidates",
    Phase.OTHER: "rest",
}


@dataclass(frozen=True)
class DeviceCost:
    """One case.

    Attributes:
        name: what was done, in which shape.
        unit: of `total` and `phases`: INSTRUCTIONS or CPU_CYCLES.
        total: measured in a run that does not measure the phases.
        phases: by the name of the phase, measured in another run.
        macs: how many multiply-accumulates were computed.
        target: the most instructions; None for a case that only informs.
        target_per_mac: the most instructions for each multiply-accumulate, or None.
        working_set: bytes that the head allocates; 0: it allocates nothing.
        stack: bytes; 0 where the target does not know.
        budget_ms: the most milliseconds on a board, or None.
        working_set_below: the limit of `working_set` in bytes, for a case that has a target.
    """

    name: str
    unit: int
    total: int
    phases: Mapping[str, int]
    macs: int
    target: int | None
    target_per_mac: float | None
    working_set: int
    stack: int
    budget_ms: float | None = None
    working_set_below: int = 48 * 1024

    @classmethod
    def of(
        cls,
        name: str,
        unit: CycleUnit,
        total: int,
        profile: Profile,
        working_set: int = 0,
        target: int | None = None,
        target_per_mac: float | None = None,
        budget_ms: float | None = None,
    ) -> DeviceCost:
        """From what a node answered."""
        phases = {phase.name.lower(): profile.cycles[phase] for phase in Phase}
        return cls(
            name,
            int(unit),
            total,
            phases,
            sum(profile.macs),
            target,
            target_per_mac,
            working_set,
            profile.stack_bytes,
            budget_ms,
        )

    @property
    def per_mac(self) -> float:
        """Instructions or cycles for each multiply-accumulate."""
        return self.total / self.macs if self.macs else 0.0

    def misses(self) -> list[str]:
        """A sentence for each target that is missed. Only instructions have targets."""
        if self.unit != CycleUnit.INSTRUCTIONS:
            return []
        found = []
        if self.target is not None and self.total > self.target:
            found.append(f"{self.name}: {self.total:,} instructions, at most {self.target:,}")
        if self.target_per_mac is not None and self.per_mac > self.target_per_mac:
            found.append(f"{self.name}: {self.per_mac:.2f} a MAC, at most {self.target_per_mac}")
        if self.target is not None and self.working_set >= self.working_set_below:
            limit = f"below {self.working_set_below:,}"
            found.append(f"{self.name}: {self.working_set:,} bytes, {limit}")
        if self.stack > STACK_BYTES:
            found.append(f"{self.name}: {self.stack:,} bytes of stack, below {4 * 1024:,}")
        return found


def costs_of(records: Iterable[Record]) -> list[DeviceCost]:
    """The cases in a session's journal."""
    names = [field.name for field in dataclasses.fields(DeviceCost)]
    return [
        DeviceCost(**{name: record[name] for name in names})
        for record in records
        if record["kind"] == RECORD
    ]


def device_tables(costs: Iterable[DeviceCost]) -> list[Table]:
    """A table of the totals with their targets, and one of the phases."""
    cases = list(costs)
    if not cases:
        return []
    counted = cases[0].unit == CycleUnit.INSTRUCTIONS
    unit = "instructions" if counted else "cycles"
    totals = ["", unit, "target", "MACs = floor", "a MAC", "target", "working set", "stack"]
    rows = [_total_row(cost, counted) for cost in cases]
    if not counted:
        totals += [f"at {CLOCK_HZ / 1e6:.0f} MHz", "budget"]
    phases = ["", *_COLUMNS.values()]
    return [
        Table("The head on the device", totals, rows),
        Table(f"\nWhere the {unit} go", phases, [_phase_row(cost) for cost in cases]),
    ]


def _total_row(cost: DeviceCost, counted: bool) -> list[str]:
    target = per_mac = "-"
    if counted and cost.target is not None:
        target = _beside(f"<= {cost.target:,}", cost.total <= cost.target)
    if counted and cost.target_per_mac is not None:
        met = cost.per_mac <= cost.target_per_mac
        per_mac = _beside(f"<= {cost.target_per_mac:.1f}", met)
    row = [cost.name, f"{cost.total:,}", target, f"{cost.macs:,}", f"{cost.per_mac:.2f}", per_mac]
    limit = cost.working_set_below if cost.target else None
    row.append(_bytes(cost.working_set, limit, limit is None or cost.working_set < limit))
    row.append(_bytes(cost.stack, 4 * 1024, cost.stack <= STACK_BYTES))
    if not counted:
        row += _milliseconds(cost)
    return row


def _milliseconds(cost: DeviceCost) -> list[str]:
    took = cost.total / CLOCK_HZ * 1e3
    if cost.budget_ms is None:
        return [f"{took:.2f} ms", "-"]
    return [f"{took:.2f} ms", _beside(f"<= {cost.budget_ms:.0f} ms", took <= cost.budget_ms)]


def _bytes(value: int, limit: int | None, met: bool) -> str:
    if not value:
        return "-"
    return f"{value:,} B" + (f" {_beside(f'< {limit:,}', met)}" if limit else "")


def _beside(target: str, met: bool) -> str:
    return f"{target} {'met' if met else 'MISSED'}"


def _phase_row(cost: DeviceCost) -> list[str]:
    whole = sum(cost.phases.values()) or 1
    values = (cost.phases[phase.name.lower()] for phase in _COLUMNS)
    return [cost.name, *(f"{value:,} ({value / whole:.0%})" for value in values)]
