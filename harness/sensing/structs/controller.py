"""The adaptive controller: what it sees, what it decides, and the packet mirror."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from harness.node.schema import F32, U8, U16, WireStruct, enum


class ControllerState(IntEnum):
    """The states of the adaptive controller."""

    BOOT = 0
    SELF_TEST = 1
    RADIO_INIT = 2
    TIME_SYNC = 3
    CALIBRATION = 4
    SENSE_IDLE = 5
    SENSE_ACTIVE = 6
    ALERT = 7
    DEGRADED = 8


class Observation(WireStruct, wire_name="observation"):
    """What the fast loop collects."""

    motion: F32 = 0.0
    presence: F32 = 0.0
    respiration_bpm: F32 = 0.0
    respiration_conf: F32 = 0.0
    heartbeat_bpm: F32 = 0.0
    heartbeat_conf: F32 = 0.0
    anomaly: F32 = 0.0
    env_shift: F32 = 0.0
    coherence: F32 = 0.0
    pkt_yield: U16 = 0
    quality_flags: U16 = 0


class Decision(WireStruct, wire_name="decision"):
    state: Annotated[int, enum(ControllerState)]
    profile: U8


class SwitchRequest(WireStruct, wire_name="switch_req"):
    on: U8
