"""Many runs: those that compute by the number of jobs, those that mostly wait beside them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from harness.build import BuildRequest
from harness.build.recipe import Progress
from harness.interrupt import ctrl_c
from harness.reliability.faults import EMULATED
from harness.reliability.outcome import Outcome, judge
from harness.reliability.plan import Run
from harness.reliability.session import go_through
from harness.target import find_target, firmware_dir, project_root

_WAIT_BESIDE = 2  # runs that wait, for each job
_SHORT = "/tmp"  # a socket's path has room for some hundred bytes


def prepare(devices: Sequence[str], say: Progress) -> dict[str, str]:
    """Builds once what every run uses. Returns the devices that cannot be had here, and why.

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
    """Goes through all of them, each in a folder of its own that goes afterwards.

    on_broken: told of a run that could not be done, for no fault of its session's; the others are.
    On Ctrl-C no other is begun, those under way come to their end, and all that is known by then
    is returned.
    """
    place = _SHORT if Path(_SHORT).is_dir() else None
    outcomes: dict[int, Outcome] = {}
    with (
        tempfile.TemporaryDirectory(prefix="hil-reliability-", dir=place) as folder,
        ThreadPoolExecutor(jobs) as working,
        ThreadPoolExecutor(jobs * _WAIT_BESIDE) as waiting,
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
