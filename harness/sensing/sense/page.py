"""The page that a person looks at: the figures with their targets, and the plots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from markupsafe import Markup

from harness.report import plots
from harness.report.page import drawn, style, templates
from harness.sensing.figure import Figure, by_subject, row
from harness.sensing.recordings.labels import ACTIONS, BREATHING, EMPTY, MOVEMENT, STILL
from harness.sensing.sense.breathing import Answer
from harness.sensing.sense.falls import Action
from harness.sensing.sense.movement import values_of
from harness.sensing.sense.rooms import Energies, Watched
from harness.sensing.sense.scoreboard import Scoreboard

_WITHIN = (1.0, 2.0, 5.0)
_HOUR_US = 3_600_000_000
_POINTS = 200


def write_page(
    path: Path, figures: Sequence[Figure], pictures: Mapping[str, str], title: str
) -> None:
    """Writes the page. It needs no other file."""
    text = (
        templates("harness.sensing.sense")
        .get_template("sense.html.j2")
        .render(
            title=title,
            rows=[(figure, row(figure)) for figure in figures],
            missed=[figure for figure in figures if figure.met is False],
            pictures={name: Markup(picture) for name, picture in pictures.items()},
            style=style(),
        )
    )
    path.write_text(text, encoding="utf-8")


def pictures(board: Scoreboard) -> dict[str, str]:
    """An SVG by its caption, for everything that was measured."""
    windows = [answer for one in board.breathers for answer in one.windows]
    energies = [one for each in board.heard for one in each.energies]
    watched = [one for each in board.heard for one in each.watched]
    found: dict[str, str] = {}
    if windows:
        found["Breathing: error after 60 s, by pace"] = drawn(partial(error_by_pace, windows))
    if curves := roc_curves(energies):
        found["Movement told from stillness, by threshold"] = drawn(partial(roc, curves))
    if watched:
        found["Movement told where nothing moves, by hour watched"] = drawn(
            partial(alarms_by_hour, watched)
        )
    if board.actions:
        found["A fall told, by action"] = drawn(partial(told_of_actions, board.actions))
    return found


def error_by_pace(answers: Sequence[Answer]) -> str:
    """How many windows have which error, in a bar for each pace."""
    paces = sorted({answer.pace for answer in answers})
    counts = [Counter(_bucket(a.error) for a in answers if a.pace == pace) for pace in paces]
    names = [f"within {limit:g} a minute" for limit in _WITHIN] + ["further off"]
    heights = {
        name: [count[bucket] / count.total() for count in counts]
        for bucket, name in enumerate(names)
    }
    labels = [f"{pace:g}" for pace in paces]
    return plots.bars(labels, heights, "breaths a minute", "share of windows", stacked=True)


def _bucket(error: float) -> int:
    return sum(error > limit for limit in _WITHIN)


def roc_curves(energies: Sequence[Energies]) -> dict[str, list[tuple[float, float]]]:
    """(share of false alarms, share reported) at every threshold, over persons and over rooms."""
    persons = [one for one in energies if one.subject]
    low: list[float] = []
    high: list[float] = []
    for room in by_subject(energies, lambda one: f"{one.data_set} {one.session}"):
        empty, moving = values_of(room, (EMPTY,)), values_of(room, MOVEMENT)
        if empty and moving:
            level = float(np.median(empty))
            low += [value / level for value in empty]
            high += [value / level for value in moving]
    pairs = {
        "still against walking": (
            values_of(persons, (STILL, BREATHING)),
            values_of(persons, MOVEMENT),
        ),
        "empty against moving, over the level of each room": (low, high),
    }
    return {name: _curve(low, high) for name, (low, high) in pairs.items() if low and high}


def _curve(low: Sequence[float], high: Sequence[float]) -> list[tuple[float, float]]:
    levels = np.quantile(np.concatenate([low, high]), np.linspace(0, 1, _POINTS))
    still, moving = np.asarray(low), np.asarray(high)
    points = [(float((still > t).mean()), float((moving > t).mean())) for t in levels]
    return [(1.0, 1.0), *points]


def roc(curves: dict[str, list[tuple[float, float]]]) -> str:
    """The ROC curves as a plot."""
    return plots.unit_square(
        curves,
        "share of the seconds in which nothing moves that are above the threshold",
        "share of the seconds of movement",
    )


def alarms_by_hour(watched: Sequence[Watched]) -> str:
    """Alarms in each hour that was watched; one recording follows the other."""
    kinds = {
        "empty rooms": [one for one in watched if one.label == EMPTY],
        "persons still": [one for one in watched if one.label != EMPTY],
    }
    counts = {name: _by_hour(ones) for name, ones in kinds.items() if ones}
    hours = [str(hour + 1) for hour in range(max(map(len, counts.values())))]
    return plots.bars(hours, counts, "hour watched; the last is not a whole one", "times told")


def _by_hour(watched: Sequence[Watched]) -> list[int]:
    starts = np.cumsum([0, *(one.us for one in watched)])
    counts = [0] * (int(starts[-1] // _HOUR_US) + 1)
    for room in dict.fromkeys(one.name for one in watched):
        ones = [i for i, one in enumerate(watched) if one.name == room]
        for i in ones:
            for at in watched[i].alarms_us:
                counts[int((starts[ones[0]] + at) // _HOUR_US)] += 1
    return counts


def told_of_actions(actions: Sequence[Action]) -> str:
    """How often a fall was reported for each action."""
    labels = [label for label in ACTIONS if any(action.label == label for action in actions)]
    heights = {
        name: [sum(a.label == label and a.fell == fell for a in actions) for label in labels]
        for name, fell in (("a fall was told", True), ("none was", False))
    }
    return plots.bars(labels, heights, "action", "recordings", stacked=True)
