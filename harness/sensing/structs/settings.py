"""Settings: numbers and a table of channels that survive reset, and those in force."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

import construct as cs

from harness.node.schema import F32, U8, U16, U32, WireStruct, enum, text

MAX_CHANNELS = 14


class Setting(IntEnum):
    """The place of each setting in the node's list; the name in lower case is its key in NVS."""

    EMBED_WEIGHTS = 0
    START_HEAD = 1
    NODE_ID = 2
    EDGE_TIER = 3
    MIN_PKT_YIELD = 4
    THR_COHERENCE = 5
    THR_ANOMALY = 6
    THR_MOTION = 7
    THR_PRESENCE = 8
    THR_STILL = 9
    HOP_TABLE = 10
    HOP_DWELL_MS = 11
    TARGET_HOST = 12
    TARGET_PORT = 13
    SSID = 14
    PASSWORD = 15
    SENDER = 16
    TRAFFIC_HZ = 17
    TEMPORAL_FEED = 18
    SPECTRUM_HOP = 19


class SettingKind(IntEnum):
    """How a setting is kept."""

    U8 = 0
    U16 = 1
    U32 = 2
    TEXT = 3
    BYTES = 4


class SettingRequest(WireStruct, wire_name="setting_req"):
    key: Annotated[int, enum(Setting)]
    value: U32


class SettingInfoRequest(WireStruct, wire_name="setting_info_req"):
    index: U16


class SettingInfo(WireStruct, wire_name="setting_info"):
    """One line of the node's list. The range is of the length for text and bytes."""

    total: U16
    key: Annotated[int, enum(Setting)]
    kind: Annotated[int, enum(SettingKind)]
    low: U32
    high: U32
    fallback: U32
    name: Annotated[str, text(16)]


class Settings(WireStruct, wire_name="settings"):
    """The settings in force; thresholds as shares of 1."""

    embed_weights: U8
    start_head: U8
    node_id: U8
    edge_tier: U8
    min_pkt_yield: U16
    hop_dwell_ms: U16
    thr_coherence: F32
    thr_anomaly: F32
    thr_motion: F32
    thr_presence: F32
    thr_still: F32
    n_channels: U8
    channels: Annotated[bytes, cs.Bytes(MAX_CHANNELS)]
    has_sender: U8
    sender: Annotated[bytes, cs.Bytes(6)]
    traffic_hz: U16
    temporal_feed: U8
    spectrum_hop: U8

    @property
    def hop_table(self) -> bytes:
        """The channels, a byte each."""
        return self.channels[: self.n_channels]
