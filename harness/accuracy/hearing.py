"""Raw frames into the node's capture at their own times, and what it concludes from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.node.node import Node
from harness.node.structs import CsiFrameRequest, StreamRates
from harness.recordings import Frames
from kernels_ref.packets import TemporalClassification

_QUIET = StreamRates(raw_every=0, compressed_every=0, vitals_ms=0, vector_ms=0)
"""The head's own packets are the ones that are looked at."""


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


def hear(node: Node, frames: Frames) -> Heard:
    """Feeds the node, which has forgotten what it heard before, and lets it classify at the end.

    frames: as `harness.datasets.timed` gives them. The clock is stepped. Raises what Node raises,
    and ValueError when the node sent no classification.
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
