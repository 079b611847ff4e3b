"""Options for recordings, models, soaks and live checks, and the words that repeat them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import BenchError
from harness.plugin.on_request import OnRequest, is_asked_for
from harness.sensing.live import DEFAULT_LIVE_S
from harness.sensing.soak.plan import CLOCK_NAMES, read_duration

DEFAULT_SOAK = "1h"

ON_REQUEST = (
    OnRequest("soak", "takes as long as --soak-duration says; to run it: -m soak"),
    OnRequest("device_cost", "counts what the head takes; to run it: hil bench --device"),
    OnRequest("live", "looks at a board's radio for a while; to run it: -m live"),
    OnRequest("deploy", "writes a model into a node; to do it: hil deploy MODEL"),
    OnRequest("accuracy", "hears recordings for minutes; to run it: -m accuracy"),
)

_REPEATED = (
    "recording",
    "recording_node",
    "recording_sender",
    "recording_rate",
    "recording_every",
    "model",
)


_OPTIONS: dict[str, dict[str, Any]] = {
    "--recording": {
        "metavar": "FILE",
        "type": Path,
        "help": "capture file whose raw frames are replayed. (Default: the one in fixtures/)",
    },
    "--recording-node": {"metavar": "ID", "type": int, "help": "the node in it"},
    "--recording-sender": {"metavar": "ADDRESS", "help": "the node's address in it"},
    "--recording-rate": {"metavar": "HZ", "type": float, "help": "frames a second in it"},
    "--recording-every": {
        "metavar": "SECONDS",
        "type": float,
        "help": "how long a line of the replay's table is",
    },
    "--model": {
        "metavar": "FILE",
        "type": Path,
        "help": "the model for the tests of models. (Default: those in fixtures/models;"
        " for -m accuracy the one that was deployed last to the target)",
    },
    "--set": {
        "dest": "set_settings",
        "action": "store_true",
        "default": False,
        "help": "with -m deploy: writes the settings that the model needs",
    },
    "--soak-duration": {
        "metavar": "TIME",
        "default": DEFAULT_SOAK,
        "help": "how much of the node's time a soak takes: 8h, 30m. (Default: %(default)s)",
    },
    "--soak-clock": {
        "choices": CLOCK_NAMES,
        "default": "auto",
        "help": "what drives the node's time in a soak; auto: stepped, but real on a board."
        " (Default: %(default)s)",
    },
    "--live-seconds": {
        "metavar": "S",
        "type": float,
        "default": DEFAULT_LIVE_S,
        "help": "how long a live check looks at the radio. (Default: %(default)s)",
    },
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hil-sensing", "the sensing node")
    for name, words in _OPTIONS.items():
        group.addoption(name, **words)


def pytest_configure(config: pytest.Config) -> None:
    """Sets the defaults where the command line was read before the bench found this plugin."""
    for name, words in _OPTIONS.items():
        place = words.get("dest", name.removeprefix("--").replace("-", "_"))
        if not hasattr(config.option, place):
            setattr(config.option, place, words.get("default"))


def check_options(config: pytest.Config) -> None:
    """Raises BenchError for a file that is not there and for an invalid duration."""
    option = config.option
    if option.recording is not None and not option.recording.is_file():
        raise BenchError(f"--recording {option.recording} is not a file.")
    if option.model is not None and not option.model.is_file():
        raise BenchError(f"--model {option.model} is not a file.")
    if option.collectonly:
        return
    if is_asked_for("soak", option.markexpr):
        read_duration(option.soak_duration)
    if is_asked_for("live", option.markexpr) and not option.live_seconds > 0:
        raise BenchError(f"--live-seconds {option.live_seconds} is not above 0.")


def repeat_words(config: pytest.Config) -> list[str]:
    """The words of a command line that repeats this session."""
    option = config.option
    given = {name: getattr(option, name) for name in _REPEATED}
    words = [f"--{n.replace('_', '-')}={value}" for n, value in given.items() if value is not None]
    return words + _request_words(config)


def _request_words(config: pytest.Config) -> list[str]:
    option = config.option
    asked = next((k.marker for k in ON_REQUEST if is_asked_for(k.marker, option.markexpr)), "")
    words = ["-m", asked] if asked else []
    if asked == "soak":
        words += ["--soak-duration", option.soak_duration]
        words += ["--soak-clock", option.soak_clock] if option.soak_clock != "auto" else []
    elif asked == "live":
        words += ["--live-seconds", f"{option.live_seconds:g}"]
    elif asked == "deploy":
        words += ["--as-found", *(["--set"] if option.set_settings else [])]
    return words
