"""A benchmark run as tables for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.sensing.benchmark.results import Curve, Result
from harness.sensing.benchmark.stored import Run

_SCALES = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")),
    "B": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
}


@dataclass(frozen=True)
class Table:
    """Columns and rows of text."""

    title: str
    columns: list[str]
    rows: list[list[str]]


def tables(run: Run, earlier: Run | None) -> Iterator[Table]:
    """Of each source a table for each unit of its curves, and one of its figures. The values of an
    earlier run stand below or in a column of their own."""
    for result in run.results:
        for unit in dict.fromkeys(curve.unit for curve in result.curves):
            yield _curve_table(result, unit, earlier)
        if result.measured:
            yield _figure_table(result, earlier)


def quantity(value: float | None, unit: str) -> str:
    """The value with three digits, in a unit that a person reads easily; a dash for None."""
    if value is None:
        return "-"
    if unit == "x":
        return f"{value:.2f}x"
    for size, name in _SCALES.get(unit, ()):
        if abs(value) >= size or size == _SCALES[unit][-1][0]:
            return f"{_digits(value / size)} {name}"
    return f"{_digits(value)} {unit}".rstrip()


def _digits(value: float) -> str:
    """At least three digits, no exponent; whole numbers in full."""
    if value == round(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _curve_table(result: Result, unit: str, earlier: Run | None) -> Table:
    curves = [curve for curve in result.curves if curve.unit == unit]
    lengths = sorted({n for curve in curves for n in curve.points})
    rows = []
    for curve in curves:
        values = [quantity(curve.points.get(n), unit) for n in lengths]
        rows.append([curve.name, *values, _growth(curve)])
        before = earlier.curve(result.source, curve.name, unit) if earlier else None
        if before:
            factors = [_factor(before, curve, n) for n in lengths]
            rows.append(["  earlier over now", *factors, f"was {_growth(before)}"])
    quantity_name = {"s": "time", "B": "memory"}.get(unit, unit)
    title = f"\n{result.source}: {quantity_name} by number of tokens"
    return Table(title, ["", *(f"{n:,}" for n in lengths), "growth"], rows)


def _growth(curve: Curve) -> str:
    growth = curve.growth
    if growth is None:
        return "-"
    return f"N^{growth:.2f}" + (f" from {curve.fitted_from:,}" if curve.fit_from > 1 else "")


def _factor(before: Curve, now: Curve, n: int) -> str:
    if n not in before.points or n not in now.points:
        return "-"
    return f"{before.points[n] / now.points[n]:.2f}x"


def _figure_table(result: Result, earlier: Run | None) -> Table:
    rows = []
    for figure in result.measured:
        verdict = "not measured" if figure.value is None else figure.verdict
        value = quantity(figure.value, figure.unit)
        row = [figure.name, value, figure.target_text(quantity), verdict]
        if earlier:
            before = earlier.figure(result.source, figure.name)
            row.append(quantity(before.value, before.unit) if before else "-")
        rows.append(row)
    columns = ["figure", "measured", "target", "verdict", *(["earlier"] if earlier else [])]
    return Table(f"\n{result.source}: figures", columns, rows)
