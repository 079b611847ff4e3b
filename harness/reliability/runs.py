"""Many runs, several at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from harness.build import BuildRequest
from harness.build.firmware import Progress
from harness.interrupt import ctrl_c
from harness.reliability.faults import EMULATED
from harness.reliability.outcome import Outcome, judge
from harness.reliability.plan import Run
from harness.reliability.session import go_through
from harness.target import find_target, firmware_dir, project_root

_WAITING = 2  # runs at a time, for each job, that wait more than they compute
_SHORT = "/tmp"  # the path of a socket has room for about a hundred bytes


def prepare(devices: Sequence[str], say: Progress) -> dict[str, str]:
    """Builds the firmware once for all runs. Returns the devices that cannot run here, and why.

    Raises: BuildFailed.
    """
    missing = {}
    for name in devices:
        if name not in EMULATED:
            continue
        target = find_target(name)
        absent = [need for need in target.requirements if need.find() is None]
        if absent:
            missing[name] = f"{absent[0].name} was not found. {absent[0].remedy}"
            continue
        say(f"building {name}")
        build_dir = (project_root() / "build" / name).resolve()
        target.recipe.build(BuildRequest(name, firmware_dir(), build_dir, say=say))
    return missing


def run_all(
    runs: Sequence[Run],
    jobs: int,
    on_outcome: Callable[[Outcome], None],
    on_broken: Callable[[Run, BaseException], None],
) -> list[Outcome]:
    """Does all runs, `jobs` at a time, and beside them those that mostly wait.

    on_outcome: called after each run. on_broken: called for a run that this command could not do;
    the others are done all the same. After Ctrl-C no run begins, those that have begun go on to
    their end, and all outcomes until then are returned.
    """
    place = _SHORT if Path(_SHORT).is_dir() else None
    outcomes: dict[int, Outcome] = {}
    with (
        tempfile.TemporaryDirectory(prefix="hil-reliability-", dir=place) as folder,
        ThreadPoolExecutor(jobs) as working,
        ThreadPoolExecutor(jobs * _WAITING) as waiting,
        ctrl_c() as wish,
    ):

        def one(run: Run) -> Outcome | None:
            return None if wish.is_set() else judge(go_through(run, Path(folder)))

        under_way: dict[Future[Outcome | None], Run] = {}
        for run in sorted(runs, key=lambda one: -one.kind.rarely):  # the longest first
            pool = waiting if run.kind.waits else working
            under_way[pool.submit(one, run)] = run
        for done in as_completed(under_way):
            if (error := done.exception()) is not None:
                on_broken(under_way[done], error)
            elif (outcome := done.result()) is not None:
                outcomes[outcome.run.number] = outcome
                on_outcome(outcome)
    return [outcomes[run.number] for run in runs if run.number in outcomes]
