"""Raw frames into the node's capture at their own times, and what it concludes from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harness.sensing.node import SensingNode
from harness.sensing.recordings.frames import Frames
from harness.sensing.structs.csi import CsiFrameRequest
from harness.sensing.structs.sense import StreamRates
from kernels_ref.packets import TemporalClassification

_QUIET = StreamRates(raw_every=0, compressed_every=0, vitals_ms=0, vector_ms=0)
"""The head's own packets are the ones that are looked at."""


@dataclass(frozen=True)
class Heard:
    """logits: float32 [n_classes], over the spectra in the ring. n_spectra: how many those were.
    packet: what was sent of them; of the last moment alone."""

    logits: npt.NDArray[np.float32]
    n_spectra: int
    packet: TemporalClassification | None = None

    @property
    def argmax(self) -> int:
        """The class with the largest logit, the lowest of several."""
        return int(np.argmax(self.logits))


def hear(node: SensingNode, frames: Frames, ends_us: Sequence[int]) -> list[Heard]:
    """Feeds the node, which has forgotten what it heard before, and lets it classify at moments.

    Behind the last of them it is given time and no frame until it has sent a packet, which is of
    the same spectra as what it said at that moment.

    Args:
        frames: as capture takes them, see `harness.sensing.datasets.timed`.
        ends_us: rising, each the time of a frame.

    Raises what Node raises, and ValueError when the node sent no packet.
    """
    _begin(node)
    settings = node.settings()
    mac = settings.sender if settings.has_sender else frames.senders[0]
    heard: list[Heard] = []
    now_us = 0
    for end_us in ends_us:
        now_us = _feed(node, frames.between(now_us + 1, end_us + 1), mac, now_us)
        said = node.classify()
        heard.append(Heard(said.logits, said.n_frames))
    node.clear_packets()
    node.advance(ms=node.boot.classify_period_ms)
    sent = [packet for packet in node.packets if isinstance(packet, TemporalClassification)]
    if not sent:
        raise ValueError("the node sent no classification")
    return [*heard[:-1], replace(heard[-1], packet=sent[-1])]


def _begin(node: SensingNode) -> None:
    node.restore()
    node.mirror(True)
    node.csi_feed()
    node.stream_rates(_QUIET)


def _feed(node: SensingNode, frames: Frames, mac: bytes, now_us: int) -> int:
    """Returns the node's time behind the last of the frames."""
    for us, iq, length, layout, rssi in zip(
        frames.us, frames.iq, frames.length, frames.layout, frames.rssi, strict=True
    ):
        header = CsiFrameRequest(
            tuple(mac), 6, 1, int(length) // 2, int(rssi), -92, int(us) - now_us, int(layout)
        )
        now_us = node.csi_frame(header, iq[:length].tobytes())
    return now_us
