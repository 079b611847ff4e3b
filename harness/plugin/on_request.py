"""Tests that run only when they are asked for by name, with -m: they take hours, or a person."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from harness.errors import BenchError
from harness.sensing.live.plan import DEFAULT_LIVE_S
from harness.sensing.soak.plan import CLOCK_NAMES, read_duration

DEFAULT_SOAK = "1h"


@dataclass(frozen=True)
class OnRequest:
    """A marker whose tests an ordinary run leaves out, and why."""

    marker: str
    why: str


ON_REQUEST = (
    OnRequest("soak", "takes as long as --soak-duration says; to run it: -m soak"),
    OnRequest("device_cost", "counts what the head takes; to run it: hil bench --device"),
    OnRequest("live", "looks at a board's radio for a while; to run it: -m live"),
    OnRequest("deploy", "writes a model into a node; to do it: hil deploy MODEL"),
    OnRequest("accuracy", "hears recordings for minutes; to run it: -m accuracy"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hil")
    group.addoption(
        "--soak-duration",
        metavar="TIME",
        default=DEFAULT_SOAK,
        help="how much of the node's time a soak takes: 8h, 30m. (Default: %(default)s)",
    )
    group.addoption(
        "--soak-clock",
        choices=CLOCK_NAMES,
        default="auto",
        help="what drives the node's time in a soak; auto: stepped, but real on a board."
        " (Default: %(default)s)",
    )
    group.addoption(
        "--live-seconds",
        type=float,
        metavar="S",
        default=DEFAULT_LIVE_S,
        help="how long a live check looks at the radio. (Default: %(default)s)",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what was not asked for; the summary says so, and why."""
    for kind in ON_REQUEST:
        if is_asked_for(kind.marker, config.option.markexpr):
            continue
        left_out = [item for item in items if item.get_closest_marker(kind.marker)]
        if left_out:
            items[:] = [item for item in items if item not in left_out]
            config.hook.pytest_deselected(items=left_out)
            config.stash.setdefault(LEFT_OUT, []).append((len(left_out), kind))


LEFT_OUT = pytest.StashKey[list[tuple[int, OnRequest]]]()


def is_asked_for(marker: str, expression: str) -> bool:
    """Whether an expression of -m speaks of the marker; what it says of it is pytest's matter."""
    return bool(re.search(rf"\b{marker}\b", expression or ""))


def takes_as_found(config: pytest.Config) -> bool:
    """Whether the session leaves a board the settings and weights that it has. How right a model is
    on the board that has it is asked of the board as it is."""
    return bool(config.option.as_found) or config.option.markexpr == "accuracy"


def check_durations(config: pytest.Config) -> None:
    """Raises BenchError for a duration that is none, before anything is built."""
    option = config.option
    if is_asked_for("soak", option.markexpr):
        read_duration(option.soak_duration)
    if is_asked_for("live", option.markexpr) and not option.live_seconds > 0:
        raise BenchError(f"--live-seconds {option.live_seconds} is no time at all.")


def options_of_request(config: pytest.Config) -> list[str]:
    """The words of a command line that ask for the same again."""
    option, words = config.option, []
    if is_asked_for("soak", option.markexpr):
        words += ["-m", "soak", "--soak-duration", option.soak_duration]
        words += ["--soak-clock", option.soak_clock] if option.soak_clock != "auto" else []
    elif is_asked_for("live", option.markexpr):
        words += ["-m", "live", "--live-seconds", f"{option.live_seconds:g}"]
    elif is_asked_for("device_cost", option.markexpr):
        words += ["-m", "device_cost"]
    elif is_asked_for("deploy", option.markexpr):
        words += ["-m", "deploy", "--as-found", *(["--set"] if option.set_settings else [])]
    elif is_asked_for("accuracy", option.markexpr):
        words += ["-m", "accuracy"]
    return words
