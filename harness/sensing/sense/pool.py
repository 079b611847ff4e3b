"""Recordings on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.kernel_library import build_libraries

Work = Callable[..., Any]


@dataclass(frozen=True)
class Job:
    """work(library, *arguments), in another process. seconds: about how long the frames are."""

    work: Work
    arguments: tuple[Any, ...]


def run_jobs(
    jobs: Sequence[Job],
    tell: Callable[[int, int], None] = lambda _done, _all: None,
    workers: int | None = None,
) -> list[Any]:
    """What each job returns, in their order. tell(done, all) after each.

    Jobs that read the same file should stand together: each process keeps the last few files.

    Raises: what a job raises; BenchError where the library cannot be built.
    """
    library = build_libraries() / "libedge_host.so"
    count = workers or min(os.cpu_count() or 1, max(1, len(jobs)))
    if count == 1:
        return [_run(library, job) for job in jobs]
    with ProcessPoolExecutor(count) as pool:
        futures = [pool.submit(_run, library, job) for job in jobs]
        try:
            for done, future in enumerate(as_completed(futures), 1):
                future.result()  # the first error ends it
                tell(done, len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in futures]


def _run(path: Path, job: Job) -> Any:
    return job.work(_library(path), *job.arguments)


@cache
def _library(path: Path) -> EdgeLibrary:
    """Opened once in each process; it must have been built."""
    return EdgeLibrary(path)
