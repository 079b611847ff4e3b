"""The tables of `hil bench --device`: instructions beside their targets, cycles as milliseconds."""

from __future__ import annotations

import dataclasses

import pytest

from harness.node.structs import CycleUnit
from harness.report.journal import Record
from harness.sensing.benchmark.device import (
    CLASSIFY_MS,
    CLOCK_HZ,
    RECORD,
    DeviceCost,
    costs_of,
    device_tables,
)
from harness.sensing.structs.kernel import Phase

PHASES = {phase.name.lower(): 100 * (phase + 1) for phase in Phase}
CLASSIFY = DeviceCost(
    name="classify",
    unit=int(CycleUnit.INSTRUCTIONS),
    total=3_000_000,
    phases=PHASES,
    macs=1_500_000,
    target=4_000_000,
    target_per_mac=2.0,
    working_set=40_000,
    stack=1_000,
    budget_ms=CLASSIFY_MS,
)


def cells(cost: DeviceCost) -> dict[str, str]:
    table = device_tables([cost])[0]
    assert len(table.columns) == len(table.rows[0])
    return dict(zip(table.columns, table.rows[0], strict=True))


def cycles(milliseconds: float, budget_ms: float | None = CLASSIFY_MS) -> DeviceCost:
    return dataclasses.replace(
        CLASSIFY,
        unit=int(CycleUnit.CPU_CYCLES),
        total=round(milliseconds / 1e3 * CLOCK_HZ),
        budget_ms=budget_ms,
    )


def test_instructions_stand_beside_target_and_floor() -> None:
    row = cells(CLASSIFY)
    assert row["instructions"] == "3,000,000"
    assert row["MACs = floor"] == "1,500,000"
    assert row["a MAC"] == "2.00"
    assert row["target"] == "<= 2.0 met"  # the later column of that name
    assert "<= 4,000,000 met" in device_tables([CLASSIFY])[0].rows[0]
    assert not any("MHz" in column for column in row)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"total": 4_000_001, "target_per_mac": None}, "at most 4,000,000"),
        ({"macs": 1_499_999}, "a MAC, at most 2.0"),
        ({"working_set": 48 * 1024}, "bytes, below 49,152"),
        ({"working_set": 900, "working_set_below": 900}, "bytes, below 900"),
        ({"stack": 4 * 1024}, "bytes of stack, below 4,096"),
    ],
)
def test_what_misses_a_target_is_said(change: dict[str, int | None], words: str) -> None:
    cost = dataclasses.replace(CLASSIFY, **change)  # type: ignore[arg-type]
    assert CLASSIFY.misses() == []
    assert len(cost.misses()) == 1
    assert words in cost.misses()[0]
    assert "MISSED" in " ".join(device_tables([cost])[0].rows[0])


def test_a_boards_cycles_stand_beside_the_budget_in_milliseconds() -> None:
    assert cells(cycles(12.5))["at 240 MHz"] == "12.50 ms"
    assert cells(cycles(12.5))["budget"] == "<= 50 ms met"
    assert cells(cycles(50.1))["budget"] == "<= 50 ms MISSED"
    assert cells(cycles(50.1, budget_ms=None))["budget"] == "-"
    assert cycles(50.1).misses() == []  # instructions have targets; a board's time is shown


def test_phases_are_shares_of_their_sum() -> None:
    row = device_tables([CLASSIFY])[1].rows[0]
    assert row[0] == "classify"
    assert len(row) == 1 + len(Phase)
    assert f"{PHASES['scores']:,} ({PHASES['scores'] / sum(PHASES.values()):.0%})" in row


def test_costs_come_back_from_the_journal() -> None:
    records: list[Record] = [
        {"kind": "other"},
        {"kind": RECORD, **dataclasses.asdict(CLASSIFY)},
    ]
    assert costs_of(records) == [CLASSIFY]
