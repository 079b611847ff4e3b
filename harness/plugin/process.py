"""Which of pytest-xdist's processes this is."""

from __future__ import annotations

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


def runs_tests_itself(config: pytest.Config) -> bool:
    """False in the process that only hands tests out to pytest-xdist's workers."""
    return is_worker(config) or not config.getoption("numprocesses", None)
