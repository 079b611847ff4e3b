"""What a node says while it hears a recording, by the firmware's C; and recordings on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.kernel_library import build_libraries
from harness.sensing.recordings.frames import Frames
from kernels_ref.edge.config import EdgeConfig, Quality

SECOND_US = 1_000_000
GAP_US = 3_000_000  # after so long without a frame a node starts from the beginning
SETTLED_US = 5_000_000  # after a start or a gap, until running means have settled


@dataclass(frozen=True)
class NodeOutput:
    """What the node said after each frame. features: a structured array [n] of
    `edge_features_t`."""

    us: npt.NDArray[np.int64]
    features: npt.NDArray[np.void]

    def breathing_is_valid(self) -> npt.NDArray[np.bool_]:
        """Whether the breathing rate was valid, [n]."""
        flags: npt.NDArray[np.uint16] = self.features["quality_flags"]
        valid: npt.NDArray[np.bool_] = (flags & np.uint16(Quality.RESPIRATION_VALID)) != 0
        return valid

    def seconds(self) -> npt.NDArray[np.int64]:
        """The indices of the last frame of each second, without seconds that are not settled."""
        if not len(self.us):
            return np.zeros(0, np.int64)
        second = (self.us - self.us[0]) // SECOND_US
        last = np.flatnonzero(np.diff(second, append=second[-1] + 1))
        return last[self.us[last] - self._begun()[last] >= SETTLED_US]

    def energies(self, begin_us: float = -np.inf, end_us: float = np.inf) -> list[float]:
        """`motion_energy` once a second, for the settled seconds in [begin_us, end_us)."""
        at = self.seconds()
        inside = (self.us[at] >= begin_us) & (self.us[at] < end_us)
        return [float(x) for x in self.features["motion_energy"][at[inside]]]

    def _begun(self) -> npt.NDArray[np.int64]:
        """For each frame, when the node began to hear without a gap."""
        starts = np.diff(self.us, prepend=self.us[0] - 2 * GAP_US) > GAP_US
        return np.maximum.accumulate(np.where(starts, self.us, np.iinfo(np.int64).min))


def listen(library: EdgeLibrary, frames: Frames, calibration_ms: int = 30_000) -> NodeOutput:
    """What a fresh node says while it hears the frames."""
    return NodeOutput(frames.us, library.session(EdgeConfig(calibration_ms)).push(frames))


Work = Callable[..., Any]


@dataclass(frozen=True)
class Job:
    """A call work(library, *arguments) in another process."""

    work: Work
    arguments: tuple[Any, ...]


def run_jobs(
    jobs: Sequence[Job],
    tell: Callable[[int, int], None] = lambda _done, _all: None,
    workers: int | None = None,
) -> list[Any]:
    """What each job returns, in their order. tell(done, all) after each.

    Jobs that read the same file should follow each other: each process keeps the last few files.

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
