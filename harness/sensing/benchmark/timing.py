"""Timing of several ways to do the same, compared with each other, in a process of its own."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from harness.errors import BenchError
from harness.sensing.benchmark.results import Curve
from harness.target import project_root

Key = TypeVar("Key")

MIN_MEASUREMENT_S = 0.02
"""A measurement shorter than this is made of several calls."""

_ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB")}


def interleaved_medians(
    ways: Mapping[Key, tuple[Callable[[], object], int]],
    rounds: int,
    clock: Callable[[], float] | None = None,
) -> dict[Key, float]:
    """Median seconds of one call of each way; the arguments of `interleaved_runs`."""
    runs = interleaved_runs(ways, rounds, clock)
    return {key: statistics.median(seconds) for key, seconds in runs.items()}


def interleaved_runs(
    ways: Mapping[Key, tuple[Callable[[], object], int]],
    rounds: int,
    clock: Callable[[], float] | None = None,
) -> dict[Key, list[float]]:
    """Seconds of one call of each way, in each round.

    Args:
        ways: the function, and how many calls of it make one measurement.
        rounds: measurements of each way. They are made in turn, so that a busy machine slows all
            ways alike. The first round is not measured.
        clock: seconds since some moment; None for the wall clock.
    """
    clock = clock or time.perf_counter
    seconds: dict[Key, list[float]] = {key: [] for key in ways}
    for done in range(rounds + 1):
        for key, (function, calls) in ways.items():
            start = clock()
            for _ in range(calls):
                function()
            if done:
                seconds[key].append((clock() - start) / calls)
    return seconds


def timed_curves(
    ways: Mapping[tuple[str, int], Callable[[], object]], rounds: int, fit_from: int = 1
) -> dict[str, Curve]:
    """Median seconds over the number of tokens, as a curve of each name.

    The ways run in one thread, and their processor time is measured where the system's clock for it
    is fine enough: waiting for other processes does not count.

    Args:
        ways: what to time, by the name of its curve and the number of tokens.
        rounds: as for `interleaved_medians`.
        fit_from: as in `Curve`.
    """
    timed = {key: (function, calls_for(function)) for key, function in ways.items()}
    medians = interleaved_medians(timed, rounds, processor_clock())
    names = dict.fromkeys(name for name, _ in ways)
    return {
        name: Curve(name, "s", {n: s for (of, n), s in medians.items() if of == name}, fit_from)
        for name in names
    }


def processor_clock() -> Callable[[], float]:
    """The processor time of this process; the wall clock where that one goes in coarse steps."""
    fine = time.get_clock_info("process_time").resolution < MIN_MEASUREMENT_S / 1000
    return time.process_time if fine else time.perf_counter


def calls_for(function: Callable[[], object]) -> int:
    """How many calls of `function` take long enough to be timed well."""
    function()  # the first call takes longer than the others
    start = time.perf_counter()
    function()
    return max(1, round(MIN_MEASUREMENT_S / max(time.perf_counter() - start, 1e-9)))


def in_one_thread(module: str, *arguments: object) -> bytes:
    """Run `main()` of a module in a process of its own; return what it writes to stdout.

    The process has one thread for linear algebra: threads that wait for a busy core would otherwise
    be most of what is measured. What one measurement leaves in memory does not disturb the next.

    Raises:
        BenchError: the process failed.
    """
    path = os.pathsep.join([str(project_root()), os.environ.get("PYTHONPATH", "")])
    run = subprocess.run(
        [sys.executable, "-c", f"from {module} import main; main()", *map(str, arguments)],
        env=os.environ | _ONE_THREAD | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        check=False,
    )
    if run.returncode:
        raise BenchError(f"the measurement in {module} ended with status {run.returncode}")
    return run.stdout
