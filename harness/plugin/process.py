"""Which of pytest-xdist's processes this is."""

from __future__ import annotations

import os
import sys

import pytest


def worker_input(config: pytest.Config) -> dict[str, str]:
    """What pytest-xdist told this process as its worker; empty in any other process."""
    return getattr(config, "workerinput", {})


def worker_id(config: pytest.Config) -> str:
    """What pytest-xdist calls this worker, "gw0" for example; empty in any other process."""
    return worker_input(config).get("workerid", "")


def is_worker(config: pytest.Config) -> bool:
    """Whether this is a worker process of pytest-xdist."""
    return bool(worker_input(config))


def keep_to_own_cores(config: pytest.Config) -> None:
    """Gives each worker its share of the cores, where there is one for each.

    A worker and its node hand bytes to each other all the time; on a core of their own they wake
    no other for it.
    """
    if sys.platform == "linux" and is_worker(config):
        workers = int(worker_input(config)["workercount"])
        cores = sorted(os.sched_getaffinity(0))
        if 1 < workers <= len(cores):
            # One that takes the place of a dead worker has a higher number than there are workers.
            number = int(worker_id(config).removeprefix("gw")) % workers
            os.sched_setaffinity(0, cores[number::workers])


def runs_tests_itself(config: pytest.Config) -> bool:
    """False in the process that only hands tests out to pytest-xdist's workers."""
    return is_worker(config) or not config.getoption("numprocesses", None)
