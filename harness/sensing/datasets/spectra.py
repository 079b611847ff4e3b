"""Makes the spectra that a node's head is fed with from the frames of a recording."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.recordings.frames import CaptureGate, Frames
from kernels_ref.edge.config import EdgeConfig

SECOND_US = 1_000_000
SPECTRUM_BINS = 64  # bins of 20 ms that one spectrum is made of


@dataclass(frozen=True)
class Spectra:
    """values: float32 [n, 16], oldest first. us: int64 [n], the time of the frame that completed
    each, by the clock of the recording's frames."""

    values: npt.NDArray[np.float32]
    us: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.us)


def timed(frames: Frames) -> Frames:
    """The frames as capture takes them: times never fall and begin within the second second, and at
    most a hundred frames a second pass. Only whole seconds are subtracted: bins keep their
    place."""
    if not len(frames):
        return frames
    us = np.maximum.accumulate(frames.us) + moved_us(frames)
    gate = CaptureGate()
    taken = np.array([gate.passes(int(at)) for at in us], bool)
    return replace(frames, us=us).chosen(taken)


def moved_us(frames: Frames) -> int:
    """What `timed` adds to the times of these frames; there has to be one."""
    return SECOND_US - int(frames.us[0]) // SECOND_US * SECOND_US


def spectra_of(library: EdgeLibrary, frames: Frames, hop: int) -> Spectra:
    """The spectra of a fresh node that hears the frames, one every `hop` bins of 20 ms, computed by
    the firmware's own C."""
    config = EdgeConfig(spectrum_every=hop)
    values, index = library.session(config).push_for_spectra(frames)
    return Spectra(values, frames.us[index])
