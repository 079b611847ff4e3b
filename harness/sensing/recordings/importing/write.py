"""Frames as a capture of raw frame packets, each at its own time."""

from __future__ import annotations

from pathlib import Path

from harness.sensing.reception import DEFAULT_UDP_PORT, Datagram
from harness.sensing.reception.recording import Recording as CaptureFile
from harness.sensing.recordings.frames import Frames
from kernels_ref.packets import RawCsiFrame, channel_to_mhz

NODE_ID = 1
_SEQ = 1 << 32


def write_capture(frames: Frames, path: Path) -> None:
    """What `hil record` writes of a node that sends raw frames: `hil decode`, `hil replay` and
    Wireshark read it. A frame's time is the capture's.

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
