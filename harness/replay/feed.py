"""The frames into a node's capture, at the node's own time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.node.node import Node
from harness.node.structs import CsiFrameRequest, StreamRates
from harness.replay.frames import Recorded, TimedFrame
from kernels_ref.edge.frames import CsiFrame
from kernels_ref.packets import Packet, channel_to_mhz

_MAC = bytes.fromhex("02c511000001")
_EARLY_US = 1
"""A frame is handed over before what is due at its time is run: with it, as when it was taken."""

_SECOND_US = 1_000_000
_WITHOUT_RAW = StreamRates(raw_every=0, compressed_every=0, vitals_ms=1000, vector_ms=1000)
"""The frames are known; sending them back would take most of the time."""

_CHANNELS = {channel_to_mhz(channel): channel for channel in range(1, 178)}


@dataclass(frozen=True)
class Replay:
    """frames: as the node took them, with its times. packets: what it sent meanwhile. taken: how
    many frames it had taken when it sent each of them. shift_us: what its clock was behind the
    recording's.
    """

    frames: list[CsiFrame]
    packets: list[Packet]
    taken: list[int]
    shift_us: int


def feed(
    node: Node,
    recorded: Recorded,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> Replay:
    """Hands every frame to the node. Its clock is stepped, so this takes no longer than it must.

    Times keep their place within a second, so that what the node sends every second falls where it
    fell. Raises what Node raises.
    """
    period_us = round(1e6 / recorded.rate_hz)
    begin_us = recorded.frames[0].ts_us - period_us
    shift_us = begin_us // _SECOND_US * _SECOND_US
    node.restore()
    node.mirror(True)
    now_us = node.advance(us=begin_us - shift_us)
    node.csi_feed(recorded.rate_hz)
    node.stream_rates(_WITHOUT_RAW)
    fed: list[CsiFrame] = []
    packets: list[Packet] = []
    taken: list[int] = []

    def collect() -> None:
        new = node.packets
        node.clear_packets()
        packets.extend(new)
        taken.extend([len(fed)] * len(new))

    for done, frame in enumerate(recorded.frames):
        at_us = frame.ts_us - shift_us - _EARLY_US
        if at_us - now_us > _SECOND_US:
            now_us = node.advance(us=at_us - now_us)
        given = _frame(frame, at_us)
        now_us = node.csi_frame(_header(given, at_us - now_us), frame.packet.iq)
        collect()  # what was sent on the way to this frame
        fed.append(given)
        tell(done, len(recorded.frames))
    node.advance(us=_EARLY_US)
    collect()
    return Replay(fed, packets, taken, shift_us)


def _frame(frame: TimedFrame, at_us: int) -> CsiFrame:
    packet = frame.packet
    return CsiFrame(
        ts_us=at_us,
        iq=np.frombuffer(packet.iq, np.int8).reshape(-1, 2),
        n_subcarriers=packet.n_subcarriers,
        n_antennas=packet.n_antennas,
        channel=_CHANNELS.get(packet.freq_mhz, 0),
        mac=_MAC,
        rssi=packet.rssi,
        noise_floor=packet.noise_floor,
        layout=packet.layout,
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
