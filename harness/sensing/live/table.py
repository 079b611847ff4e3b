"""What a person at the bench wants to see."""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table

from harness.sensing.live.watch import LiveResult, LiveSecond

_WIDTH = 120
_SHOWN = (("motion", 0), ("presence", 1), ("breaths", 2), ("heart", 4), ("coherence", 8))


def live_table(result: LiveResult) -> str:
    """A row a look, the figures of the whole time below, and what is wrong."""
    out = io.StringIO()
    console = Console(file=out, width=_WIDTH, highlight=False, markup=False)
    console.print(_rows(result))
    low, high = result.plan.rssi_dbm
    summary = Table(box=None, pad_edge=False)
    for column in ("figure", "measured", "expected"):
        summary.add_column(column)
    summary.add_row("callbacks", f"{result.received} in {result.lasted_s:.1f} s", "they advance")
    expected = f">= {result.plan.min_yield} a second"
    summary.add_row("yield", f"{result.yield_hz:.1f} a second", expected)
    summary.add_row("RSSI", f"{result.rssi[0]} to {result.rssi[1]} dBm", f"{low} to {high} dBm")
    moving = [name for name, span in result.moves.items() if span > 0]
    summary.add_row("features that move", ", ".join(moving) or "none", "at least one")
    console.print()
    console.print(summary)
    for sentence in result.wrong:
        console.print(f"WRONG: {sentence}")
    return out.getvalue().rstrip()


def live_line(second: LiveSecond) -> str:
    """One look in one line."""
    return "  ".join(cell for cell in _cells(second) if cell)


def _rows(result: LiveResult) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("s", "frames", "taken", "refused", "dropped", "RSSI", "noise", "channel"):
        table.add_column(column, justify="right")
    for name, _ in _SHOWN:
        table.add_column(name, justify="right")
    table.add_column("state")
    for second in result.seconds:
        table.add_row(*_cells(second))
    return table


def _cells(second: LiveSecond) -> list[str]:
    values = second.features
    return [
        f"{second.seconds:.0f}",
        str(second.received),
        str(second.accepted),
        str(second.refused),
        str(second.dropped),
        str(second.rssi),
        str(second.noise_floor),
        str(second.channel),
        *("" if values is None else f"{values[index]:.2f}" for _, index in _SHOWN),
        second.state,
    ]
