"""Hands the frames of a boot to a node's capture, at the node's own time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from harness.sensing.node import SensingNode
from harness.sensing.recordings.frames import CaptureGate
from harness.sensing.replay.frames import Boot, TimedFrame
from harness.sensing.structs.csi import CsiFrameRequest, CsiStatus
from harness.sensing.structs.edge import EdgeFeatures
from harness.sensing.structs.sense import SenseStatus, StreamRates
from kernels_ref.edge.config import CsiFrame
from kernels_ref.packets import FeatureVector, Packet, mhz_to_channel

_MAC = bytes.fromhex("02c511000001")
_MS_US = 1000
_SECOND_US = 1_000_000
_TICK_US = 200_000  # of feature states
_WITHOUT_RAW = StreamRates(raw_every=0, compressed_every=0, vitals_ms=1000, vector_ms=1000)
"""Raw frames are not sent back: they are known, and it would take most of the time."""


Tell = Callable[[int, int], None]
"""Is called with how many are done, and of how many."""


class Seen(Sequence[EdgeFeatures]):
    """What a node made of each frame. The bytes are kept: an hour has 180,000 frames."""

    def __init__(self) -> None:
        self._answers: list[bytes] = []

    def ask(self, node: SensingNode) -> None:
        """Asks the node what it made of the last frame."""
        self._answers.append(node.request("sense_status"))

    def __len__(self) -> int:
        return len(self._answers)

    @overload
    def __getitem__(self, index: int) -> EdgeFeatures: ...
    @overload
    def __getitem__(self, index: slice) -> list[EdgeFeatures]: ...
    def __getitem__(self, index: int | slice) -> EdgeFeatures | list[EdgeFeatures]:
        """Of one frame, or of several."""
        if isinstance(index, slice):
            return [SenseStatus.parse(answer).features for answer in self._answers[index]]
        return SenseStatus.parse(self._answers[index]).features


@dataclass(frozen=True)
class Replay:
    """frames: those that capture took, with the node's times. seen: what the node made of each.
    packets: what it sent meanwhile. gated: how many frames came too soon after another for capture
    to take them. shift_us: by how much its clock was behind the recording's. status: capture's own
    counters.
    """

    frames: list[CsiFrame]
    seen: Sequence[EdgeFeatures]
    packets: list[Packet]
    gated: int
    shift_us: int
    status: CsiStatus


def feed(node: SensingNode, boot: Boot, tell: Tell = lambda _done, _all: None) -> Replay:
    """Hands every frame to the node, whose clock is stepped: nothing waits.

    Times keep their place within a second, so that the node sends what it sends every second at the
    same moments as it did then. Raises what Node raises.
    """
    begin_us = _begin_us(boot)
    shift_us = begin_us // _SECOND_US * _SECOND_US
    node.restore()
    node.mirror(True)
    now_us = node.advance(us=begin_us - shift_us)
    node.csi_feed()
    node.stream_rates(_WITHOUT_RAW)
    node.clear_packets()
    gate = CaptureGate()
    frames: list[CsiFrame] = []
    seen = Seen()
    for done, frame in enumerate(boot.frames):
        at_us = frame.ts_us - shift_us
        while at_us - now_us > _SECOND_US:
            now_us = node.advance(us=min(at_us - now_us - 1, _SECOND_US))
        given = _frame(frame, at_us)
        now_us = node.csi_frame(_header(given, at_us - now_us), frame.packet.iq)
        if gate.passes(at_us):
            frames.append(given)
            seen.ask(node)
        tell(done, len(boot.frames))
    node.advance(us=_TICK_US)  # until it has sent features of the last frames
    packets = list(node.packets)
    node.clear_packets()
    gated = len(boot.frames) - len(frames)
    return Replay(frames, seen, packets, gated, shift_us, node.csi_status())


def _begin_us(boot: Boot) -> int:
    """When the node begins to listen, before the first frame. From then on it sends something every
    second, at the same moments as in the recording. Where those are not known it is a whole
    millisecond, because vitals carry milliseconds."""
    first_us = boot.frames[0].ts_us
    vectors = (p.timestamp_us for p in boot.sent if isinstance(p, FeatureVector))
    moment_us = next(vectors, None)
    if moment_us is not None:
        return first_us - (first_us - moment_us) % _SECOND_US
    return (first_us - round(0.5e6 / boot.rate_hz)) // _MS_US * _MS_US


def _frame(frame: TimedFrame, at_us: int) -> CsiFrame:
    packet = frame.packet
    return CsiFrame(
        ts_us=at_us,
        iq=np.frombuffer(packet.iq, np.int8).reshape(-1, 2),
        n_subcarriers=packet.n_subcarriers,
        n_antennas=packet.n_antennas,
        channel=mhz_to_channel(packet.freq_mhz),
        mac=_MAC,
        rssi=packet.rssi,
        noise_floor=packet.noise_floor,
        layout=packet.known_layout,
    )


def _header(frame: CsiFrame, after_us: int) -> CsiFrameRequest:
    return CsiFrameRequest(
        tuple(frame.mac),
        frame.channel,
        frame.n_antennas,
        frame.n_subcarriers,
        frame.rssi,
        frame.noise_floor,
        after_us,
        frame.layout,
    )
