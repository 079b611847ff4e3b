"""The wire structs that every node with an agent has: hello, layout, status, clock, memory, resets
and the boot report. Names and field names are those of the firmware's `hil_struct_list.h`.

A firmware's own part of status, boot report and `restore` is a class below the one here.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

import construct as cs

from harness.errors import ProtocolFault
from harness.node.schema import U8, U16, U32, U64, WireStruct, array, enum, nested, text

PROTOCOL_VERSION = 3
MAX_PARTITIONS = 8


def check_protocol(spoken: int) -> None:
    """Raises ProtocolFault when the node speaks another version: its structs are others."""
    if spoken != PROTOCOL_VERSION:
        raise ProtocolFault(f"the node speaks protocol {spoken}, the harness {PROTOCOL_VERSION}")


class ClockMode(IntEnum):
    """What drives the node's time. Stepped: it moves only when it is told to advance."""

    REAL = 0
    STEPPED = 1


class CycleUnit(IntEnum):
    """What the cycle counts of a node count."""

    NONE = 0
    INSTRUCTIONS = 1
    CPU_CYCLES = 2


class PanicKind(IntEnum):
    """How `panic` ends the firmware."""

    ABORT = 0
    UNMAPPED_LOAD = 1
    ILLEGAL_INSTRUCTION = 2


class ResetReason(IntEnum):
    """Why the node started, numbered as ESP-IDF's `esp_reset_reason_t`."""

    UNKNOWN = 0
    POWERON = 1
    EXT = 2
    SW = 3
    PANIC = 4
    INT_WDT = 5
    TASK_WDT = 6
    WDT = 7
    DEEPSLEEP = 8
    BROWNOUT = 9
    SDIO = 10
    USB = 11
    JTAG = 12
    EFUSE = 13
    PWR_GLITCH = 14
    CPU_LOCKUP = 15

    @property
    def is_watchdog(self) -> bool:
        """Whether a watchdog did it. Chips have several; which one bites first is theirs."""
        return self in (ResetReason.INT_WDT, ResetReason.TASK_WDT, ResetReason.WDT)


class HelloRequest(WireStruct, wire_name="hello_req"):
    protocol: U32 = PROTOCOL_VERSION


class Hello(WireStruct, wire_name="hello"):
    """Who is there, and how much it takes at a time."""

    protocol: U32
    boot_nonce: U32
    max_line: U16
    max_payload: U16
    rx_buffer: U16
    reply_cache: U8
    clock_mode: Annotated[int, enum(ClockMode)]
    arena_bytes: U32
    last_id: U32
    target: Annotated[str, text(16)]
    version: Annotated[str, text(32)]
    elf_sha256: Annotated[bytes, cs.Bytes(32)]


class LayoutRequest(WireStruct, wire_name="layout_req"):
    index: U16


class LayoutHeader(WireStruct, wire_name="layout"):
    """Head of a layout reply: the struct's name and its fields follow."""

    total: U16
    index: U16
    size: U16
    n_fields: U8
    name_len: U8


class LayoutField(WireStruct, wire_name="layout_field"):
    """One field of a layout reply: its name follows."""

    offset: U16
    size: U16
    name_len: U8


class Status(WireStruct, wire_name="status"):
    """Counters and high-water marks; counts are since boot or the last restore."""

    now_us: U64
    clock_mode: Annotated[int, enum(ClockMode)]
    cycle_unit: Annotated[int, enum(CycleUnit)]
    heap_free: U32
    heap_min_free: U32
    stack_free_main: U32
    log_lines: U32
    rx_bytes: U32
    rx_overruns: U32
    lines_ok: U32
    lines_garbage: U32
    lines_overlong: U32
    lines_bad_crc: U32
    unknown_commands: U32
    replays: U32
    stale_ids: U32


class RestoreRequest(WireStruct, wire_name="restore_req"):
    clock_mode: Annotated[int, enum(ClockMode)]


class AdvanceRequest(WireStruct, wire_name="advance_req"):
    us: U64


class NodeTime(WireStruct, wire_name="time"):
    now_us: U64


class KindRequest(WireStruct, wire_name="kind_req"):
    kind: U8


class ArenaRequest(WireStruct, wire_name="arena_req"):
    """`arena_put`: `len` bytes follow."""

    offset: U32
    len: U32


class Partition(WireStruct, wire_name="partition"):
    name: Annotated[str, text(16)]
    offset: U32
    size: U32


class BootReport(WireStruct, wire_name="boot_report"):
    """What the node found when it started. `partitions` holds n_partitions valid entries."""

    protocol: U32
    boot_nonce: U32
    reset_reason: Annotated[int, enum(ResetReason)]
    clock_mode: Annotated[int, enum(ClockMode)]
    flash_bytes: U32
    heap_bytes: U32
    elf_sha256: Annotated[bytes, cs.Bytes(32)]
    target: Annotated[str, text(16)]
    chip: Annotated[str, text(32)]
    version: Annotated[str, text(32)]
    idf_version: Annotated[str, text(32)]
    n_partitions: U8
    partitions: Annotated[tuple[Partition, ...], array(MAX_PARTITIONS, nested(Partition))]

    @property
    def reset_reason_name(self) -> str:
        """For messages."""
        reason = self.reset_reason
        return reason.name if isinstance(reason, ResetReason) else f"unknown reason {reason}"


class ExportRequest(WireStruct, wire_name="export_req"):
    index: U16


class ExportHead(WireStruct, wire_name="export_head"):
    """Head of an export reply: the function's name and its arguments follow. result: a type's code,
    0 where it returns nothing."""

    total: U16
    index: U16
    result: U8
    n_arguments: U8
    name_len: U8


class ExportArgument(WireStruct, wire_name="export_argument"):
    """One of its arguments: name and length follow."""

    type: U8
    kind: U8
    name_len: U8
    length_len: U8


class CallRequest(WireStruct, wire_name="call_req"):
    """A `CallPlace` for each argument follows."""

    index: U16
    n_arguments: U8


class CallPlace(WireStruct, wire_name="call_place"):
    """An argument: bytes of the scratch memory, and their CRC-32 where the function reads them."""

    offset: U32
    len: U32
    crc: U32


class CallReply(WireStruct, wire_name="call_reply"):
    """cycles: in the node's cycle unit. result: what the function returned, in its first bytes.

    The CRC-32 of each array that the function wrote follows, 4 bytes each.
    """

    cycles: U64
    stack_bytes: U32
    stack_known: U8
    result: Annotated[bytes, cs.Bytes(8)]
