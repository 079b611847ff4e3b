"""The curves of a benchmark run as SVG: both axes logarithmic, so that growth is a slope."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pygal
from pygal.style import Style

from harness.sensing.benchmark.present import quantity
from harness.sensing.benchmark.stored import Run

_STYLE = Style(
    background="white",
    plot_background="white",
    font_family="system-ui, sans-serif",
    legend_font_size=12,
    label_font_size=12,
    major_label_font_size=12,
    title_font_size=14,
    # for sources and precisions; no reader has to tell red from green
    colors=(
        "#0072b2",
        "#d55e00",
        "#56b4e9",
        "#e69f00",
        "#009e73",
        "#cc79a7",
        "#555555",
        "#8a6d3b",
        "#5b4b8a",
        "#b09000",
    ),
)


def plots(run: Run) -> dict[str, str]:
    """An SVG for every unit that has curves, by unit."""
    units = dict.fromkeys(curve.unit for result in run.results for curve in result.curves)
    return {unit: _plot(run, unit) for unit in units}


def _plot(run: Run, unit: str) -> str:
    chart = pygal.XY(
        style=_STYLE,
        js=[],
        width=1000,
        height=620,
        dots_size=2.5,
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        truncate_legend=-1,
        x_title="tokens",
        value_formatter=lambda power: quantity(10.0**power, unit),
        x_value_formatter=lambda power: f"{round(2.0**power):,}",
    )
    curves = [(result.source, curve) for result in run.results for curve in result.curves]
    for source, curve in curves:
        points = {n: value for n, value in curve.points.items() if value > 0}
        if curve.unit == unit and points:
            dots = [(math.log2(n), math.log10(value)) for n, value in sorted(points.items())]
            growth = "" if curve.growth is None else f": N^{curve.growth:.2f}"
            chart.add(f"{source} {curve.name}{growth}", dots)
    shown = [curve.points for _, curve in curves if curve.unit == unit]
    chart.x_labels = _whole(math.log2(n) for points in shown for n in points)
    chart.y_labels = _whole(math.log10(v) for points in shown for v in points.values() if v > 0)
    svg = chart.render(is_unicode=True)
    assert isinstance(svg, str)
    return svg


def _whole(powers: Iterable[float]) -> list[int]:
    """Every whole power, from below the smallest value to above the largest."""
    known = list(powers)
    return list(range(math.floor(min(known)), math.ceil(max(known)) + 1)) if known else []
