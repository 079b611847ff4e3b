"""The page of a session, made from the journal."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from markupsafe import Markup

from harness.report import plots
from harness.report.page import drawn, in_words, style, templates
from harness.report.plain import plain_page
from harness.report.run import Measurement, Run, TestResult
from harness.report.verdict import Verdict

# The titles of the sampled values.
SERIES_TITLES: Mapping[str, str] = {
    "heap_free": "Free heap after each test (bytes)",
    "heap_min_free": "Lowest free heap since boot (bytes)",
    "stack_free_main": "Stack never used, main loop (bytes)",
    "stack_free_temporal": "Stack never used, temporal task (bytes)",
    "queue_drops": "Frames dropped by a full queue since the test began",
}


# The titles of a soak's series, in the order of the page. Any other comes after them, by its name.
SOAK_TITLES: Mapping[str, str] = {
    "logits": "Error of the logits, as a share of the budget",
    "missing": "Sequence numbers missing",
    "repeated": "Sequence numbers that came twice",
    "backwards": "Times that went back",
    "undecodable": "Datagrams that could not be decoded",
    "lines_lost": "Lines lost on the console",
    "heap_free": "Free heap (bytes)",
    "heap_min_free": "Lowest free heap since boot (bytes)",
    "stack_free_main": "Stack never used, main loop (bytes)",
    "stack_free_temporal": "Stack never used, temporal task (bytes)",
    "queue_depth": "Frames waiting in the temporal task's queue",
    "queue_drops": "Frames dropped by a full queue",
    "resets": "Resets that nobody asked for",
}
_TIGHTEST = 5  # comparisons on the page: those that used the largest share of their budget
# The smallest unit of an axis, by the first word of the name: a leak of one unit has to be visible.
_UNITS: Mapping[str, float] = {"logits": 0.01, **dict.fromkeys(("heap", "stack"), 64.0)}


@dataclass(frozen=True)
class MeasurementGroup:
    """All values of one measurement; worst: the one that used the largest share of its budget."""

    name: str
    unit: str
    description: str
    count: int
    worst: Measurement
    lowest: float


def write_html(run: Run, path: Path) -> str:
    """Writes the self-contained page of `run` to `path`, or a plain page if that cannot be made.
    Returns the error of the latter case, else nothing. Raises OSError."""
    broke = ""
    try:
        text = render(run)
    except Exception as error:  # noqa: BLE001 - any error of templates, plots or records
        broke = in_words(error)
        text = plain_page(run, broke)
    path.write_text(text, encoding="utf-8")
    return broke


def render(run: Run) -> str:
    """The page as text."""
    environment = templates("harness.report")
    environment.filters.update(_filters())
    return environment.get_template("report.html.j2").render(
        run=run,
        style=style(),
        troubled=[t for t in run.tests if t.verdict in (Verdict.FAIL, Verdict.BENCH)],
        histogram=_histogram(run),
        tightest=sorted(run.comparisons, key=lambda record: -record["ratio"])[:_TIGHTEST],
        measurements=group_measurements(run.measurements),
        trends=_trends(run),
        soak_plots=_soak_plots(run),
        overhead_s=_overhead(run.tests),
    )


def group_measurements(measurements: list[Measurement]) -> list[MeasurementGroup]:
    """Measurements grouped by name and unit."""
    groups: dict[tuple[str, str], list[Measurement]] = {}
    for measurement in measurements:
        groups.setdefault((measurement.name, measurement.unit), []).append(measurement)
    return [
        MeasurementGroup(
            name=name,
            unit=unit,
            description=group[0].description,
            count=len(group),
            worst=max(group, key=_budget_share),
            lowest=min(m.value for m in group),
        )
        for (name, unit), group in sorted(groups.items())
    ]


def _budget_share(measurement: Measurement) -> float:
    return measurement.value / measurement.budget if measurement.budget else measurement.value


def _histogram(run: Run) -> Markup:
    ratios = [record["ratio"] for record in run.comparisons]
    return drawn(partial(plots.error_histogram, ratios)) if ratios else Markup("")


def _trends(run: Run) -> list[Markup]:
    return [
        drawn(partial(plots.series, title + sampled.removeprefix(name), points))
        for name, title in SERIES_TITLES.items()
        for sampled, points in run.samples.items()
        if sampled.partition(",")[0] == name
    ]


def _soak_plots(run: Run) -> tuple[list[Markup], list[Markup]]:
    """A plot of each series: first those whose value changed, then those whose value did not."""
    series = run.soak.series
    names = [name for name in SOAK_TITLES if name in series]
    moved: list[Markup] = []
    flat: list[Markup] = []
    for name in [*names, *sorted(set(series) - set(names))]:
        points = series[name]
        is_flat = len({value for _, value in points}) == 1
        title = SOAK_TITLES.get(name, f"{name.replace('_', ' ')}, in each minute")
        shown = [points[0], points[-1]] if is_flat else points
        unit = _UNITS.get(name.partition("_")[0], 1.0)
        plot = drawn(partial(plots.series, title, shown, "minutes of the node's time", unit))
        (flat if is_flat else moved).append(plot)
    return moved, flat


def _overhead(tests: list[TestResult]) -> tuple[float, float]:
    """Mean and worst time of set-up and tear-down of the tests that ran, without the first test.

    The set-up of the first one contains that of the session: build, start, boot report.
    """
    overheads = [test.overhead_s for test in tests if test.verdict is not Verdict.SKIP][1:]
    return (sum(overheads) / len(overheads), max(overheads)) if overheads else (0.0, 0.0)


def _filters() -> dict[str, Callable[..., str]]:
    def duration(seconds: float) -> str:
        if seconds < 1:
            return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"
        if seconds < 60:
            return f"{seconds:.1f} s"
        return f"{int(seconds // 60)} min {seconds % 60:02.0f} s"

    def moment(time: float) -> str:
        return f"{datetime.datetime.fromtimestamp(time):%Y-%m-%d %H:%M:%S}"

    def number(value: float) -> str:
        whole = abs(value) >= 1000 or float(value).is_integer()
        return f"{value:,.0f}" if whole else f"{value:.4g}"

    return {"duration": duration, "moment": moment, "number": number}
