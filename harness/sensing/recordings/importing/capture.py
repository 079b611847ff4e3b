"""A capture of raw frames, each at its own time, as `hil record` and `hil import` write it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.sensing.reception.capture_file import DEFAULT_UDP_PORT, from_file
from harness.sensing.reception.checker import Checked, StreamChecker
from harness.sensing.reception.item import Datagram
from harness.sensing.reception.recording import Recording as CaptureFile
from harness.sensing.recordings.frames import Frames
from harness.sensing.recordings.importing.clock import Clock
from harness.sensing.recordings.importing.imported import Found, Raw
from kernels_ref.packets import RawCsiFrame, channel_to_mhz, mhz_to_channel

NODE_ID = 1
_SEQ = 1 << 32


def read_capture(path: Path) -> Found:
    """Every raw frame of the capture, at the time at which it was captured.

    Raises: NotACapture.
    """
    found, checker = Found(Clock(1e6)), StreamChecker()
    for number, item in enumerate(from_file(path, DEFAULT_UDP_PORT), 1):
        result = checker.take(item)
        if not isinstance(result, Checked) or not isinstance(result.packet, RawCsiFrame):
            found.other_lines += 1
            continue
        packet = result.packet
        found.raws.append(
            Raw(
                number,
                result.datagram.time,
                np.frombuffer(packet.iq, np.int8),
                f"node {packet.node_id} at {result.datagram.origin}",
                packet.rssi,
                mhz_to_channel(packet.freq_mhz),
                packet.known_layout,
            )
        )
    return found


def write_capture(frames: Frames, path: Path) -> None:
    """Writes what `hil record` writes of a node that sends raw frames: `hil decode`, `hil replay`
    and Wireshark read it. The time of a packet is that of its frame.

    Raises: CannotRecord.
    """
    with CaptureFile(path, DEFAULT_UDP_PORT) as capture:
        for i in range(len(frames)):
            length = int(frames.length[i])
            packet = RawCsiFrame(
                node_id=NODE_ID,
                n_antennas=1,
                n_subcarriers=length // 2,
                freq_mhz=channel_to_mhz(frames.channel),
                seq=i % _SEQ,
                rssi=int(frames.rssi[i]),
                noise_floor=0,
                layout=int(frames.layout[i]),
                iq=frames.iq[i, :length].tobytes(),
            )
            capture.write(Datagram(packet.encode(), int(frames.us[i]) / 1e6, ""))
