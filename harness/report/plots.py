"""Plots as SVG, which is put into the page itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import pygal
from pygal.style import Style

from harness.visible import visible

BINS_PER_DECADE = 4
_MOST_DOTS = 150  # with more points only the line is drawn
LOWEST_DECADE = -6  # the first bin has all ratios below 1e-6, among them 0

_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#3c4450",
    foreground_strong="#1c2430",
    foreground_subtle="#b6bdc8",
    guide_stroke_color="#d5dae2",
    major_guide_stroke_color="#c3cad4",
    guide_stroke_dasharray="1,3",
    major_guide_stroke_dasharray="1,3",
    colors=("#2f6fd0", "#c22f2f", "#9a6200", "#66707c"),
    font_family="system-ui, sans-serif",
    label_font_size=12,
    major_label_font_size=12,
    legend_font_size=12,
    title_font_size=13,
)


def _chart(kind: type[pygal.Graph], height: int = 300, **options: object) -> pygal.Graph:
    return kind(style=_STYLE, js=[], width=900, height=height, **options)


def error_histogram(ratios: Sequence[float]) -> str:
    """How many comparisons used which share of their error budget; the budget is the line at 1."""
    # The upper limit belongs to a bin, so that a ratio of exactly 1 is left of the line.
    bins = Counter(_bin(ratio) for ratio in ratios)
    tallest = max(bins.values(), default=1)
    highest = max([1, *(math.ceil((b + 1) / BINS_PER_DECADE) for b in bins)])
    lowest = min([-3, *(math.floor(b / BINS_PER_DECADE) for b in bins)])
    chart = _chart(
        pygal.Histogram,
        legend_at_bottom=True,
        x_title="worst error of a comparison, as a share of its budget",
        y_title="comparisons",
        x_value_formatter=lambda power: f"{10.0**power:g}",
        value_formatter=lambda count: f"{count:g}",
    )
    width = 1 / BINS_PER_DECADE
    bars = [(n, b * width, (b + 1) * width) for b, n in sorted(bins.items())]
    chart.add("comparisons", bars, formatter=lambda bar: f"{bar[0]}")
    chart.add("the budget", [(tallest, -0.008, 0.008)], formatter=lambda _bar: "")
    chart.x_labels = list(range(lowest, highest + 1))
    return _svg(chart)


def series(
    name: str,
    points: Sequence[tuple[float, float]],
    x_title: str = "seconds since the session began",
    unit: float = 1.0,
) -> str:
    """A value over time: `points` are (time, value).

    The axis covers at least two of `unit`, so that small changes do not look large. Values that are
    not finite are left out, and the title says how many.
    """
    plotted = [(time, value) for time, value in points if math.isfinite(value)]
    if left_out := len(points) - len(plotted):
        name += f"; {left_out} of {len(points)} are no finite numbers"
    values = [value for _, value in plotted]
    low, high = min(values, default=0.0), max(values, default=0.0)
    margin = max((high - low) * 0.1, unit)
    bottom = min(low, max(0.0, low - margin))
    digits = ",.0f" if high + margin - bottom > 8 or high >= 1000 else ".3g"
    chart = _chart(
        pygal.XY,
        height=190,
        show_legend=False,
        show_dots=len(points) <= _MOST_DOTS,
        dots_size=1.5,
        max_scale=5,
        x_title=x_title,
        title=visible(name),
        value_formatter=lambda value: format(value, digits),
        x_value_formatter=lambda value: f"{value:g}",
    )
    chart.range = (bottom, high + margin)
    chart.add(visible(name), plotted)
    return _svg(chart)


def over_time(
    title: str,
    lines: Mapping[str, Sequence[tuple[float, float | None]]],
    limits: tuple[float, float],
    until: float,
    x_title: str = "minutes since the first frame",
) -> str:
    """Values over time by name, as (time, value); None interrupts a line. limits: the ends of the
    vertical axis; until: the end of the horizontal axis."""
    chart = _chart(
        pygal.XY,
        height=210 if len(lines) == 1 else 260,
        title=visible(title),
        show_legend=len(lines) > 1,
        legend_at_bottom=True,
        allow_interruptions=True,
        dots_size=1.5,
        max_scale=5,
        range=limits,
        xrange=(0.0, until),
        x_title=x_title,
        value_formatter=lambda value: f"{value:g}",
        x_value_formatter=lambda value: f"{value:g}",
    )
    for name, points in lines.items():
        told = sum(value is not None for _, value in points)
        chart.add(visible(name), list(points), show_dots=told <= _MOST_DOTS)
    return _svg(chart)


def _bin(ratio: float) -> int:
    if not math.isfinite(ratio):
        return BINS_PER_DECADE * 3
    floor = LOWEST_DECADE * BINS_PER_DECADE
    if ratio <= 10.0**LOWEST_DECADE:
        return floor
    return max(floor, math.ceil(math.log10(ratio) * BINS_PER_DECADE) - 1)


def _svg(chart: pygal.Graph) -> str:
    svg = chart.render(disable_xml_declaration=True, is_unicode=True)
    assert isinstance(svg, str)
    return svg


def bars(
    labels: Sequence[str],
    heights: Mapping[str, Sequence[float]],
    x_title: str,
    y_title: str,
    stacked: bool = False,
) -> str:
    """A bar for each label and name; the bars of a label are beside or, stacked, on each other."""
    kind = pygal.StackedBar if stacked else pygal.Bar
    chart = _chart(
        kind,
        legend_at_bottom=True,
        x_title=x_title,
        y_title=y_title,
        value_formatter=lambda value: f"{value:.3g}",
    )
    chart.x_labels = [visible(label) for label in labels]
    for name, values in heights.items():
        chart.add(visible(name), list(values))
    return _svg(chart)


def unit_square(
    lines: Mapping[str, Sequence[tuple[float, float]]], x_title: str, y_title: str
) -> str:
    """Curves in a square: both axes are shares from 0 to 1."""
    chart = _chart(
        pygal.XY,
        show_dots=False,
        legend_at_bottom=True,
        x_title=x_title,
        y_title=y_title,
        xrange=(0, 1),
        value_formatter=lambda value: f"{value:.3g}",
    )
    chart.range = (0, 1)
    for name, points in lines.items():
        chart.add(visible(name), list(points))
    return _svg(chart)
