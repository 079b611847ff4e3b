"""Raw frames into the node's capture at their own times, and what it concludes from them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harness.edge_library import EdgeLibrary
from harness.node.node import Node
from harness.node.structs import CsiFrameRequest, StreamRates
from harness.recordings import Frames
from harness.replay.gate import CaptureGate
from kernels_ref.edge.config import EdgeConfig
from kernels_ref.packets import TemporalClassification

_SECOND_US = 1_000_000
_QUIET = StreamRates(raw_every=0, compressed_every=0, vitals_ms=0, vector_ms=0)
"""The head's own packets are the ones that are looked at."""


class SpectraUnknown(Exception):
    """Frames with a gap, behind which several spectra came at once: only the last was kept."""


@dataclass(frozen=True)
class Heard:
    """logits: float32 [n_classes], over the spectra that were in the ring at the end. packet: what
    was sent of them. n_spectra: that the ring held."""

    logits: npt.NDArray[np.float32]
    packet: TemporalClassification
    n_spectra: int

    @property
    def argmax(self) -> int:
        """The class with the largest logit, the lowest of several."""
        return int(np.argmax(self.logits))


def timed(frames: Frames) -> Frames:
    """The frames as capture takes them: times from the second second on, never falling, at most a
    hundred a second; whole seconds are taken off, so that every bin keeps its place."""
    rising = np.maximum.accumulate(frames.us)
    us = rising - rising[0] // _SECOND_US * _SECOND_US + _SECOND_US
    gate = CaptureGate()
    taken = np.array([gate.passes(int(at)) for at in us], bool)
    return replace(frames, us=us).chosen(taken)


def hear(node: Node, frames: Frames) -> Heard:
    """Feeds the node, which has forgotten what it heard before, and lets it classify at the end.

    frames: as `timed` gives them. The clock is stepped. Raises what Node raises, and ValueError
    when the node sent no classification.
    """
    node.restore()
    node.mirror(True)
    node.csi_feed()
    node.stream_rates(_QUIET)
    settings = node.settings()
    mac = settings.sender if settings.has_sender else frames.senders[0]
    now_us = 0
    for us, iq, length, layout, rssi in zip(
        frames.us, frames.iq, frames.length, frames.layout, frames.rssi, strict=True
    ):
        header = CsiFrameRequest(
            tuple(mac), 6, 1, int(length) // 2, int(rssi), -92, int(us) - now_us, int(layout)
        )
        now_us = node.csi_frame(header, iq[:length].tobytes())
    node.clear_packets()
    # What the head classifies next is over the same spectra: without a frame there is none.
    node.advance(ms=node.boot.classify_period_ms)
    sent = [packet for packet in node.packets if isinstance(packet, TemporalClassification)]
    if not sent:
        raise ValueError("the node sent no classification")
    now = node.classify()
    return Heard(now.logits, sent[-1], now.n_frames)


def spectra_of(library: EdgeLibrary, frames: Frames, hop: int) -> npt.NDArray[np.float32]:
    """The spectra of the same frames, [n, 16], by the firmware's own C on this machine.

    Raises SpectraUnknown.
    """
    seen = library.session(EdgeConfig(spectrum_every=hop)).push(frames)
    made = np.diff(seen["spectra"].astype(np.int64), prepend=0)
    if np.any(made > 1):
        raise SpectraUnknown(f"{int(np.max(made))} spectra came with one frame")
    return np.ascontiguousarray(seen["spectrum"][made == 1], np.float32)
