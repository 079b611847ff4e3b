"""A replay for a person: what was replayed, what the node said, how it compares with the twin."""

from __future__ import annotations

from harness.cli.console import table_text
from harness.sensing.replay.compare import FeatureErrors
from harness.sensing.replay.result import Replayed, Result
from harness.sensing.replay.said import Said

NOTHING = "-"


def replay_table(result: Result) -> str:
    """The whole replay as text."""
    parts = headlines(result)
    for number, boot in enumerate(result.boots, 1):
        parts.append("")
        if len(result.boots) > 1:
            parts.append(f"boot {number} of {len(result.boots)}: {describe(boot)}")
        said = map(said_row, boot.said)
        parts.append(table_text(COLUMNS, said, "What the node said", numbers=slice(0, -1)))
        errors, title = map(_error_row, boot.compared.errors), "Compared with the twin"
        parts.append(table_text(_ERROR_COLUMNS, errors, title, numbers=slice(1, None)))
        if boot.compared.decided_otherwise:
            parts.append(f"decided otherwise than the twin: {boot.compared.decided_otherwise}")
    return "\n".join(parts)


def headlines(result: Result) -> list[str]:
    """Which node, how many frames, which clock; how many frames were not replayed, and why."""
    who = result.recorded.sender
    first = result.boots[0]
    lines = [f"{who}: {result.replayed} of {result.recorded.heard} frames"]
    if len(result.boots) == 1:
        lines[0] = f"{lines[0]}, {describe(first)}"
    else:
        lines[0] = f"{lines[0]}, in {len(result.boots)} boots, each replayed on its own"
    clocks = dict.fromkeys(str(boot.boot.clock) for boot in result.boots)
    lines.append(f"times by {'; '.join(clocks)}")
    lines += [f"{count} left out: {why}" for why, count in result.left_out.items()]
    return [*lines, *result.recorded.notes]


def describe(replayed: Replayed) -> str:
    """Rate, length and losses of a boot."""
    boot = replayed.boot
    lost = f", {boot.lost} lost on the way" if boot.lost else ""
    return f"{boot.rate_hz:.2f} a second, {boot.seconds:.1f} s{lost}"


COLUMNS = (
    "from",
    "motion",
    "moves",
    "presence",
    "there",
    "breaths/min",
    "confidence",
    "heart/min",
    "falls",
    "persons",
    "head",
    "",
)


def said_row(said: Said) -> list[str]:
    """The cells of one stretch of time, for COLUMNS."""
    return [
        clock_time(said.begin_s),
        _number(said.motion, ".2f"),
        _yes(said.moves),
        _number(said.presence, ".2f"),
        _yes(said.present),
        _number(said.breathing_bpm, ".1f"),
        _number(said.breathing_conf, ".2f"),
        _number(said.heart_bpm, ".0f"),
        str(said.falls or NOTHING),
        NOTHING if said.persons is None else str(said.persons),
        NOTHING if said.head is None else f"class {said.head}",
        ", ".join(said.notes),
    ]


def clock_time(seconds: float) -> str:
    """Time since the first frame: minutes and seconds, and hours where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


_ERROR_COLUMNS = (
    "feature",
    "ticks",
    "smallest",
    "largest",
    "worst error",
    "share of its bound",
)


def _error_row(feature: FeatureErrors) -> list[str]:
    return [
        feature.name,
        str(len(feature.sent)),
        f"{feature.sent.min():.4g}",
        f"{feature.sent.max():.4g}",
        f"{feature.worst_error:.3g}",
        f"{feature.worst_share:.3g}",
    ]


def _number(value: float | None, form: str) -> str:
    return NOTHING if value is None else format(value, form)


def _yes(value: bool | None) -> str:
    return NOTHING if value is None else "yes" if value else "no"
