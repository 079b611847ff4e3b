"""One number that says how right or how fast something is, with its target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self, TypeVar

import numpy as np

_DRAWS, _SEED, _TAIL = 1000, 1, 0.025

Of = TypeVar("Of")

COLUMNS = ("figure", "measured", "target", "", "95 % of draws", "of what")


@dataclass(frozen=True)
class Figure:
    """What was measured.

    Attributes:
        name: the same in every run.
        value: None where there was nothing to measure it on.
        target: the value to reach; None for a figure that only informs.
        at_least: whether the target is a minimum, or else a maximum.
        unit: what follows the value, for example "s" or "of 18".
        interval: where 95 % of the values lie when the subjects are drawn again.
        note: on what it was measured, for a person.
    """

    name: str
    value: float | None
    target: float | None = None
    at_least: bool = True
    unit: str = ""
    interval: tuple[float, float] | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target or without a value."""
        if self.value is None or self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    @property
    def verdict(self) -> str:
        """`met` in a word; a dash for None."""
        return {True: "met", False: "MISSED", None: "-"}[self.met]

    def target_text(self, shown: Callable[[float, str], str]) -> str:
        """The target for a person; a dash where there is none. shown: writes value and unit."""
        if self.target is None:
            return "-"
        return f"{'>=' if self.at_least else '<='} {shown(self.target, self.unit)}"

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What `to_json` gave. Raises KeyError, TypeError."""
        names = {field.name for field in fields(cls)}
        return cls(**{name: value[name] for name in names & value.keys()})

    def to_json(self) -> dict[str, Any]:
        """As JSON, with `met`."""
        return {**asdict(self), "met": self.met}


def over_subjects(
    subjects: Sequence[Sequence[Of]], statistic: Callable[[list[Of]], float]
) -> tuple[float, float] | None:
    """The statistic's 95 % interval when whole subjects are drawn with replacement.

    subjects: the values of each subject. None with fewer than two subjects. The draws are the same
    in every run.
    """
    if len(subjects) < 2:
        return None
    rng = np.random.default_rng(_SEED)
    values = []
    for _ in range(_DRAWS):
        drawn = rng.integers(0, len(subjects), len(subjects))
        values.append(statistic([one for index in drawn for one in subjects[index]]))
    low, high = np.nanquantile(values, [_TAIL, 1 - _TAIL])
    return float(low), float(high)


def by_subject(ones: Sequence[Of], subject: Callable[[Of], str]) -> list[list[Of]]:
    """The values of each subject, in the order in which the subjects first appear."""
    found: dict[str, list[Of]] = {}
    for one in ones:
        found.setdefault(subject(one), []).append(one)
    return list(found.values())


def share(hits: Sequence[bool]) -> float:
    """The share of them that are true; NaN where there are none."""
    return float(np.mean(hits)) if len(hits) else float("nan")


def row(figure: Figure) -> list[str]:
    """The cells of a figure, for COLUMNS."""
    return [
        figure.name,
        f"{number(figure.value)} {figure.unit}".rstrip(),
        figure.target_text(lambda value, _unit: number(value)),
        figure.verdict,
        "-" if figure.interval is None else " to ".join(map(number, figure.interval)),
        figure.note,
    ]


def number(value: float | None) -> str:
    """At most three decimals; none for whole numbers."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.3f}"
