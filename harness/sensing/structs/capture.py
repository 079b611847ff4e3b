"""What capture decides on a chip, asked without one. Offsets are bytes of the arena."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from harness.node.schema import U8, U16, U32, U64, WireStruct, enum


class CsiReceptionRequest(WireStruct, wire_name="csi_reception_req"):
    """As ESP-IDF's rx_ctrl says: secondary channel 0 none, 1 above, 2 below; signal 0 legacy, 1 HT.

    kept: bit i says that field i is stored where a packet has it.
    """

    secondary: U8
    signal: U8
    is_wide: U8
    is_stbc: U8
    first_word_invalid: U8
    kept: U8
    n_subcarriers: U16


class CsiReception(WireStruct, wire_name="csi_reception"):
    """The layout word of an ESP32, S2, S3 or C3, and that of a C5 or C61."""

    by_reception: U16
    by_length: U16


class RadioStampsRequest(WireStruct, wire_name="radio_stamps_req"):
    offset: U32
    n: U32


class RadioStamp(WireStruct, wire_name="radio_stamp"):
    """time_us: when a frame was handed over; in the answer when it was received."""

    stamp: U32
    time_us: U64


class ReconnectRequest(WireStruct, wire_name="reconnect_req"):
    failures: U32
    draw: U32


class Reconnect(WireStruct, wire_name="reconnect"):
    delay_ms: U32


class TrafficOutcome(IntEnum):
    """What became of a question."""

    LOST = 0
    ANSWERED = 1
    NOT_SENT = 2


class TrafficRequest(WireStruct, wire_name="traffic_req"):
    hz: U32
    begin_us: U64
    offset: U32
    n: U32


class TrafficStep(WireStruct, wire_name="traffic_step"):
    outcome: Annotated[int, enum(TrafficOutcome)]
    number: U16 = 0
    due_us: U64 = 0


class Traffic(WireStruct, wire_name="traffic"):
    """next_us: NEVER where nothing is asked."""

    next_us: U64
