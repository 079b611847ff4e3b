"""Channel state: the synthetic source, and capture with its counters."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

import construct as cs

from harness.node.schema import F32, I8, U8, U16, U32, WireStruct, array, enum

MOCK_OFF = 0xFF


class CsiSource(IntEnum):
    """Where frames come from."""

    NONE = 0
    RADIO = 1
    MOCK = 2
    SCRIPT = 3


class MockRequest(WireStruct, wire_name="mock_req"):
    """`scenario` MOCK_OFF ends the one that runs."""

    scenario: U8
    seed: U32 = 0


class CsiStatus(WireStruct, wire_name="csi_status"):
    """Counters since restore: `received` is the sum of the six after it. Levels in dBm.

    `raw_seq` is that of the last raw CSI packet; `scenario` is MOCK_OFF when none runs.
    """

    received: U32
    accepted: U32
    zero_length: U32
    oversized: U32
    filtered: U32
    gated: U32
    dropped: U32
    hops: U32
    raw_seq: U32
    ring_depth: U16
    ring_capacity: U16
    source: Annotated[int, enum(CsiSource)]
    scenario: U8
    channel: U8
    rssi: I8
    rssi_min: I8
    rssi_max: I8
    noise_floor: I8


class CsiFilterRequest(WireStruct, wire_name="csi_filter_req"):
    on: U8
    mac: Annotated[tuple[int, ...], array(6, cs.Int8ul)]


class CsiHopRequest(WireStruct, wire_name="csi_hop_req"):
    """The channels follow, a byte each; none: no hopping."""

    dwell_ms: U16


class CsiFrameRequest(WireStruct, wire_name="csi_frame_req"):
    """The pairs (I, Q) follow, int8. A stepped clock is moved by after_us first."""

    mac: Annotated[tuple[int, ...], array(6, cs.Int8ul)]
    channel: U8
    n_antennas: U8
    n_subcarriers: U16
    rssi: I8
    noise_floor: I8
    after_us: U32 = 0
    csi_layout: U16 = 0


class CsiFeedRequest(WireStruct, wire_name="csi_feed_req"):
    """rate_hz: the frames a second that will come, at most 100; 0: not known."""

    rate_hz: F32
