"""Sensing: what the node makes of frames, and which packets it sends."""

from __future__ import annotations

from typing import Annotated

from harness.node.schema import F32, U8, U16, U32, WireStruct, enum, nested
from harness.sensing.structs.controller import ControllerState
from harness.sensing.structs.edge import EdgeFeatures


class StreamRates(WireStruct, wire_name="stream_rates_req"):
    """A packet for every n-th frame, or one every so many ms; 0: none. The defaults are those after
    boot."""

    raw_every: U16 = 1
    compressed_every: U16 = 0
    vitals_ms: U16 = 1000
    vector_ms: U16 = 1000


class MmwaveReading(WireStruct, wire_name="mmwave_req"):
    """What the second sensor reports. `type` 0: there is none. `confidence` 0 to 100."""

    type: U8 = 1
    targets: U8 = 1
    confidence: U8 = 80
    heart_bpm: F32 = 0.0
    breathing_bpm: F32 = 0.0
    distance_cm: F32 = 0.0


class SenseStatus(WireStruct, wire_name="sense_status"):
    """What the node has made of the frames so far.

    phase: how far it has got with its source; state: the controller's. Then come the packets sent.
    rate_hz: frames a second, of the last two seconds; 0 for none.
    """

    phase: Annotated[int, enum(ControllerState)]
    state: Annotated[int, enum(ControllerState)]
    pkt_yield: U16
    sync_error_us: U16
    raw_seq: U32
    compressed_count: U32
    vitals_count: U32
    fused_count: U32
    vector_seq: U32
    health_epoch: U32
    rate_hz: F32
    features: Annotated[EdgeFeatures, nested(EdgeFeatures)]
