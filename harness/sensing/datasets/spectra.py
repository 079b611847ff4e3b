"""From frames of a recording to the spectra that a node's head is fed with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.recordings.frames import CaptureGate, Frames
from kernels_ref.edge.config import EdgeConfig

SECOND_US = 1_000_000
SPECTRUM_BINS = 64  # that one is made of


@dataclass(frozen=True)
class Spectra:
    """values: float32 [n, 16], oldest first. us: int64 [n], the time of the frame with which each
    came, by the clock of the recording's frames."""

    values: npt.NDArray[np.float32]
    us: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.us)


def timed(frames: Frames) -> Frames:
    """The frames as capture takes them: times from the second second on, never falling, at most a
    hundred a second; whole seconds are taken off, so that every bin keeps its place."""
    if not len(frames):
        return frames
    us = np.maximum.accumulate(frames.us) + moved_us(frames)
    gate = CaptureGate()
    taken = np.array([gate.passes(int(at)) for at in us], bool)
    return replace(frames, us=us).chosen(taken)


def moved_us(frames: Frames) -> int:
    """What `timed` adds to the times of these frames, of which there is at least one."""
    return SECOND_US - int(frames.us[0]) // SECOND_US * SECOND_US


def spectra_of(library: EdgeLibrary, frames: Frames, hop: int) -> Spectra:
    """Those of a fresh node that hears the frames, one every `hop` bins of 20 ms, by the
    firmware's own C."""
    config = EdgeConfig(spectrum_every=hop)
    values, index = library.session(config).push_for_spectra(frames)
    return Spectra(values, frames.us[index])
