"""Movement: is it distinguished from stillness, is it reported in time, are there false alarms?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from harness.sensing.figure import Figure, by_subject, over_subjects
from harness.sensing.recordings.labels import BREATHING, EMPTY, MOVEMENT, STILL
from harness.sensing.sense.rooms import Energies, Heard, Mover, Watched

_STILL_TARGET, _MEAN_TARGET, _WORST_TARGET = 0.98, 0.97, 0.94
_ALARMS = 1.0  # an hour
_HOUR_US = 3_600_000_000
_DRAWN = 200  # values of a subject: fewer make it fast to draw subjects again


def auc(low: npt.ArrayLike, high: npt.ArrayLike) -> float:
    """The probability that one of `high` is above one of `low`; a tie counts half."""
    a, b = np.asarray(low, np.float64), np.asarray(high, np.float64)
    if not (a.size and b.size):
        return float("nan")
    ranks = rankdata(np.concatenate([a, b]))[a.size :].sum()
    return float((ranks - b.size * (b.size + 1) / 2) / (a.size * b.size))


def figures(heard: Sequence[Heard]) -> list[Figure]:
    """Of all rooms."""
    energies = [one for each in heard for one in each.energies]
    found = [_still_and_walking(energies), *_sessions(energies)]
    found.append(_told_in_time([one for each in heard for one in each.movers]))
    return found + _alarms([one for each in heard for one in each.watched])


def values_of(energies: Iterable[Energies], labels: Iterable[str]) -> list[float]:
    """`motion_energy` of every second that has one of these labels."""
    wanted = set(labels)
    return [value for one in energies if one.label in wanted for value in one.values]


def _still_and_walking(energies: Sequence[Energies]) -> Figure:
    """Of the persons of whom there is both; the interval is over persons."""
    both = [one for one in energies if one.subject and one.label in {STILL, BREATHING} | MOVEMENT]
    value = auc(values_of(both, (STILL, BREATHING)), values_of(both, MOVEMENT))
    thinned = [_thinned(one) for one in both]
    interval = over_subjects(
        by_subject(thinned, lambda one: one.subject),
        lambda drawn: auc(values_of(drawn, (STILL, BREATHING)), values_of(drawn, MOVEMENT)),
    )
    persons = len({one.subject for one in both})
    return Figure(
        "still against walking: AUC of motion_energy",
        None if np.isnan(value) else value,
        _STILL_TARGET,
        interval=interval,
        note=f"{persons} persons",
    )


def _thinned(one: Energies) -> Energies:
    step = max(1, len(one.values) // _DRAWN)
    return Energies(one.name, one.data_set, one.session, one.subject, one.label, one.values[::step])


def _session_aucs(energies: Sequence[Energies]) -> list[float]:
    """Empty against moving, of each session that has both."""
    sessions = by_subject(energies, lambda one: f"{one.data_set} {one.session}")
    found = [auc(values_of(each, (EMPTY,)), values_of(each, MOVEMENT)) for each in sessions]
    return [value for value in found if not np.isnan(value)]


def _sessions(energies: Sequence[Energies]) -> list[Figure]:
    values = _session_aucs(energies)
    name = "empty against moving: AUC of motion_energy"
    interval = over_subjects([[value] for value in values], lambda drawn: float(np.mean(drawn)))
    note = f"{len(values)} sessions"
    return [
        Figure(
            f"{name}, mean of sessions",
            float(np.mean(values)) if values else None,
            _MEAN_TARGET,
            interval=interval,
            note=note,
        ),
        Figure(f"{name}, worst session", min(values, default=None), _WORST_TARGET, note=note),
    ]


def _told_in_time(movers: Sequence[Mover]) -> Figure:
    missed = [mover.name for mover in movers if mover.told_us is None]
    return Figure(
        "a mover told within 15 s, after 30 s of empty room",
        len(movers) - len(missed) if movers else None,
        len(movers),
        unit=f"of {len(movers)}",
        note=f"not: {', '.join(missed[:4])}" if missed else "",
    )


def _alarms(watched: Sequence[Watched]) -> list[Figure]:
    empty = [one for one in watched if one.label == EMPTY]
    still = [one for one in watched if one.label != EMPTY]
    steady = [one for one in empty if one.steady]
    return [
        _rate("false alarms of movement an hour, steady empty rooms", steady, _ALARMS),
        _rate("false alarms of movement an hour, all empty rooms", empty, None),
        _rate("movement told an hour, persons lying or standing still", still, None),
    ]


def _rate(name: str, watched: Sequence[Watched], target: float | None) -> Figure:
    hours = sum(one.us for one in watched) / _HOUR_US
    alarms = sum(len(one.alarms_us) for one in watched)
    rooms = by_subject(watched, lambda one: one.name)

    def rate(drawn: Sequence[Watched]) -> float:
        return sum(len(one.alarms_us) for one in drawn) * _HOUR_US / sum(one.us for one in drawn)

    return Figure(
        name,
        rate(watched) if watched else None,
        target,
        at_least=False,
        interval=over_subjects(rooms, rate),
        note=f"{alarms} in {hours:.2f} h",
    )
