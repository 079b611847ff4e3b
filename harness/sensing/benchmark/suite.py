"""How long the suite takes: on one node, on two at once, and as `hil run` runs it."""

from __future__ import annotations

import sys

from harness.sensing.benchmark.results import Measured, Plan, Result
from harness.sensing.benchmark.session import NotPassed, session, shown

WARM_S = 60.0
SHARE = 0.60

HOW = (
    "The whole suite on qemu, built before, once each, by the clock on the wall: pytest, pytest -n"
    " 2, hil run. Of use on a machine with two cores and nothing else to do"
)


def measure(_plan: Plan) -> Result:
    """Some minutes."""
    session("pytest", "--target", "qemu", "hil_tests/test_layout.py")  # builds
    one, two = (_seconds("pytest", "--target", "qemu", *words) for words in ((), ("-n", "2")))
    whole = _seconds("harness.cli", "run")
    ratio = two / one if one and two else None
    return Result(
        "suite",
        HOW,
        (),
        (
            Measured("suite, one worker", one, "s"),
            Measured("suite, two workers", two, "s"),
            Measured("two workers over one", ratio, "x", SHARE, at_least=False),
            Measured("hil run, warm", whole, "s", WARM_S, at_least=False),
        ),
    )


def _seconds(module: str, *words: str) -> float | None:
    """None, and why on stderr, when it did not pass: the other sessions' times mean as much."""
    _say(f"{shown(module, *words)}, a minute or more")
    try:
        return session(module, *words).seconds
    except NotPassed as error:
        _say(str(error))
        return None


def _say(text: str) -> None:
    sys.stderr.write(f"hil: suite: {text}\n")
    sys.stderr.flush()
