"""A capture of raw frames, as `hil record` and `hil import` write it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.sensing.reception import DEFAULT_UDP_PORT, Checked, StreamChecker, from_file
from harness.sensing.recordings.importing.clock import Clock
from harness.sensing.recordings.importing.imported import Found, Raw
from kernels_ref.packets import RawCsiFrame, mhz_to_channel


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
                packet.told_layout,
            )
        )
    return found
