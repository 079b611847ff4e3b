"""Weights: upload into the inactive slot, and raw access to the partition."""

from __future__ import annotations

from typing import Annotated

import construct as cs

from harness.node.schema import U8, U32, WireStruct, array

ACCEPT_OTHER_SHAPE = 1
"""Flag of `weights_begin`: take a blob whose shape is not the node's."""


class WeightsBeginRequest(WireStruct, wire_name="weights_begin_req"):
    total_len: U32
    crc32: U32
    flags: U8 = 0


class WeightsBegin(WireStruct, wire_name="weights_begin"):
    """`resume_offset`: how much of this same upload the node already holds."""

    resume_offset: U32
    slot: U8


class WeightsChunkRequest(WireStruct, wire_name="weights_chunk_req"):
    """The bytes follow."""

    offset: U32


class WeightsChunk(WireStruct, wire_name="weights_chunk"):
    next_offset: U32


class WeightsCommit(WireStruct, wire_name="weights_commit"):
    generation: U32
    slot: U8


class PartitionRequest(WireStruct, wire_name="part_req"):
    offset: U32
    len: U32


class PartitionInfo(WireStruct, wire_name="part_info"):
    """Bytes. `blob_offset` is relative to a slot's header."""

    size: U32
    erase_size: U32
    slot_offset: Annotated[tuple[int, ...], array(2, cs.Int32ul)]
    slot_size: Annotated[tuple[int, ...], array(2, cs.Int32ul)]
    blob_offset: U32
