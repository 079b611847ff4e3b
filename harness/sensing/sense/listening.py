"""What a node says while it hears a recording: the firmware's C, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.recordings.frames import Frames
from kernels_ref.edge.config import EdgeConfig, Quality

SECOND_US = 1_000_000
GAP_US = 3_000_000  # without a frame, a node starts anew
SETTLED_US = 5_000_000  # after a start or a gap, until means have forgotten where they began


@dataclass(frozen=True)
class Told:
    """What was said after each frame. features: a structured array [n] of `edge_features_t`."""

    us: npt.NDArray[np.int64]
    features: npt.NDArray[np.void]

    def breathing_is_valid(self) -> npt.NDArray[np.bool_]:
        """Whether the rate was called valid, [n]."""
        flags: npt.NDArray[np.uint16] = self.features["quality_flags"]
        valid: npt.NDArray[np.bool_] = (flags & np.uint16(Quality.RESPIRATION_VALID)) != 0
        return valid

    def seconds(self) -> npt.NDArray[np.int64]:
        """The last frame of each second that has one and is settled: indices."""
        if not len(self.us):
            return np.zeros(0, np.int64)
        second = (self.us - self.us[0]) // SECOND_US
        last = np.flatnonzero(np.diff(second, append=second[-1] + 1))
        return last[self.us[last] - self._begun()[last] >= SETTLED_US]

    def energies(self, begin_us: int | None = None, end_us: int | None = None) -> list[float]:
        """`motion_energy` once a second, of the settled seconds in [begin_us, end_us)."""
        at = self.seconds()
        us = self.us[at]
        inside = np.ones(len(at), np.bool_)
        if begin_us is not None:
            inside &= us >= begin_us
        if end_us is not None:
            inside &= us < end_us
        return [float(x) for x in self.features["motion_energy"][at[inside]]]

    def _begun(self) -> npt.NDArray[np.int64]:
        """When what is known after a frame began: the start, or the end of the last gap."""
        starts = np.diff(self.us, prepend=self.us[0] - 2 * GAP_US) > GAP_US
        return np.maximum.accumulate(np.where(starts, self.us, np.iinfo(np.int64).min))


def listen(library: EdgeLibrary, frames: Frames, calibration_ms: int = 30_000) -> Told:
    """A fresh node that hears the frames."""
    return Told(frames.us, library.session(EdgeConfig(calibration_ms)).push(frames))
