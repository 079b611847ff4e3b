"""A figure in words."""

from __future__ import annotations

from harness.sensing.sense.figure import Figure

COLUMNS = ("figure", "measured", "target", "", "95 % of draws", "of what")


def row(figure: Figure) -> list[str]:
    """As many cells as COLUMNS."""
    met = {True: "met", False: "MISSED", None: "-"}[figure.met]
    return [
        figure.name,
        f"{number(figure.value)} {figure.unit}".rstrip(),
        _target(figure),
        met,
        "-" if figure.interval is None else " to ".join(map(number, figure.interval)),
        figure.note,
    ]


def number(value: float | None) -> str:
    """Three digits behind the point at most; whole numbers whole."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.3f}"


def _target(figure: Figure) -> str:
    if figure.target is None:
        return "-"
    return f"{'>=' if figure.at_least else '<='} {number(figure.target)}"
