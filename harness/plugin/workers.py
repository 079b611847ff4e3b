"""The processes of pytest-xdist: which one this is, and on which cores it runs."""

from __future__ import annotations

import os
import sys

import pytest


def worker_input(config: pytest.Config) -> dict[str, str]:
    """The facts that pytest-xdist gives a worker process; empty in any other process."""
    return getattr(config, "workerinput", {})


def worker_id(config: pytest.Config) -> str:
    """The worker's name, "gw0" for example; empty in any other process."""
    return worker_input(config).get("workerid", "")


def is_worker(config: pytest.Config) -> bool:
    """Whether this is a worker process of pytest-xdist."""
    return bool(worker_input(config))


def keep_to_own_cores(config: pytest.Config) -> None:
    """Gives each worker its share of the cores, if there is at least one core for each.

    A worker and its node exchange bytes all the time, which is quicker on one core than on two.
    """
    if sys.platform == "linux" and is_worker(config):
        workers = int(worker_input(config)["workercount"])
        cores = sorted(os.sched_getaffinity(0))
        if 1 < workers <= len(cores):
            # A worker that replaces one that has died has a higher number than there are workers.
            number = int(worker_id(config).removeprefix("gw")) % workers
            os.sched_setaffinity(0, cores[number::workers])


def runs_tests_itself(config: pytest.Config) -> bool:
    """False in the process that only gives tests to the workers of pytest-xdist."""
    return is_worker(config) or not config.getoption("numprocesses", None)
