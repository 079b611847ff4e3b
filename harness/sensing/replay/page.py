"""The page of a replay: what the node said over time, as plots and as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from markupsafe import Markup

from harness.report import plots
from harness.report.page import drawn, style, templates
from harness.sensing.replay.result import Replayed, Result, faults_of_the_tool, moment
from harness.sensing.replay.table import COLUMNS, describe, headlines, said_row
from harness.visible import visible_json
from kernels_ref.packets import (
    EdgeVitals,
    FeatureState,
    Packet,
    Quality,
    TemporalClassification,
    VitalsFlags,
)

_MAX_POINTS = 600  # of a line; where there are more, stretches of time are combined
PAGE, DATA = "replay.html", "replay.json"

Point = tuple[float, float | None]


def write_report(result: Result, folder: Path) -> Path:
    """Writes the page and the same as JSON into a folder; returns the page.

    Raises: ReplayFailed when the page cannot be made.
    """
    data = visible_json(result.as_json(), indent=2)
    (folder / DATA).write_text(data + "\n", encoding="utf-8")
    page = folder / PAGE
    with faults_of_the_tool("making its page"):
        page.write_text(render(result), encoding="utf-8")
    return page


def render(result: Result) -> str:
    """The page as text. It needs no other file."""
    boots = [
        {
            "title": _title(number, boot, len(result.boots)),
            "plots": _plots(boot),
            "rows": [said_row(said) for said in boot.said],
            "errors": boot.compared.errors,
            "decided_otherwise": boot.compared.decided_otherwise,
        }
        for number, boot in enumerate(result.boots, 1)
    ]
    return (
        templates("harness.sensing.replay")
        .get_template("replay.html.j2")
        .render(
            file=result.file,
            lines=headlines(result),
            columns=COLUMNS,
            boots=boots,
            style=style(),
        )
    )


def _title(number: int, replayed: Replayed, of: int) -> str:
    heard_at = replayed.boot.heard_at
    when = f", heard from {moment(heard_at)} on" if heard_at else ""
    which = f"Boot {number} of {of}: " if of > 1 else ""
    return f"{which}{describe(replayed)}{when}"


def _plots(replayed: Replayed) -> list[Markup]:
    """A plot for each subject that the node said something about."""
    begin_us = replayed.boot.frames[0].ts_us - replayed.replay.shift_us
    heard = _Heard(replayed.replay.packets, begin_us, replayed.boot.seconds)
    breaths = heard.valid(Quality.RESPIRATION_VALID, lambda state: state.respiration_bpm)
    heartbeats = heard.valid(Quality.HEARTBEAT_VALID, lambda state: state.heartbeat_bpm)
    scores = {
        "motion": heard.states(lambda state: state.motion_score),
        "presence": heard.states(lambda state: state.presence_score),
    }
    made = [("Motion and presence, 0 to 1", scores, (0.0, 1.0))]
    for title, line, limits in (
        ("Breaths a minute, where they are valid", breaths, (0.0, 35.0)),
        ("Confidence in the breathing", heard.states(lambda s: s.respiration_conf), (0.0, 1.0)),
        ("Heartbeats a minute, where they are valid", heartbeats, (40.0, 130.0)),
        ("Persons", heard.vitals(lambda v: float(v.n_persons)), (0.0, 4.0)),
        ("Falls", heard.vitals(lambda v: float(bool(v.flags & VitalsFlags.FALL))), (0.0, 1.0)),
    ):
        if any(value for _, value in line):
            made.append((title, {"": line}, limits))
    if classes := heard.classes():
        most = max(value for _, value in classes if value is not None)
        made.append(("Class of the temporal head", {"": classes}, (0.0, max(most, 4.0))))
    minutes = max(replayed.boot.seconds / 60, 0.1)
    return [
        drawn(partial(plots.over_time, title, lines, ends, minutes)) for title, lines, ends in made
    ]


class _Heard:
    """Makes lines over the minutes since begin_us, of at most _MAX_POINTS points."""

    def __init__(self, packets: Sequence[Packet], begin_us: int, seconds: float) -> None:
        self._packets, self._begin_us = packets, begin_us
        self._stretch_us = max(1, round(seconds * 1e6 / _MAX_POINTS))

    def states(self, value: Callable[[FeatureState], float | None]) -> list[Point]:
        """Of the feature states. value: None where a state says nothing."""
        of = [p for p in self._packets if isinstance(p, FeatureState)]
        return self._line([(state.ts_us, value(state)) for state in of])

    def valid(self, flag: Quality, value: Callable[[FeatureState], float]) -> list[Point]:
        """Of the states that have the flag set."""
        return self.states(lambda state: value(state) if state.quality_flags & flag else None)

    def vitals(self, value: Callable[[EdgeVitals], float]) -> list[Point]:
        """Of the vitals, the largest value of each stretch, so that a single fall can be seen."""
        of = [p for p in self._packets if isinstance(p, EdgeVitals)]
        return self._line([(p.timestamp_ms * 1000, value(p)) for p in of], max)

    def classes(self) -> list[Point]:
        """Of the temporal head, the last class of each stretch."""
        of = [p for p in self._packets if isinstance(p, TemporalClassification)]
        return self._line([(p.ts_us, float(p.argmax)) for p in of], lambda values: values[-1])

    def _line(
        self,
        told: Sequence[tuple[int, float | None]],
        together: Callable[[list[float]], float] = lambda values: sum(values) / len(values),
    ) -> list[Point]:
        stretches: dict[int, list[float]] = {}
        for ts_us, value in told:
            stretch = stretches.setdefault((ts_us - self._begin_us) // self._stretch_us, [])
            if value is not None:
                stretch.append(value)
        minutes = self._stretch_us / 60e6
        return [
            ((index + 0.5) * minutes, together(values) if values else None)
            for index, values in sorted(stretches.items())
        ]
