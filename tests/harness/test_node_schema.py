"""The protocol's structs: one declaration gives bytes, sizes and offsets, equal to the C ones."""

import random
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ProtocolFault
from harness.node import compare_layouts
from harness.node.esp_err import name_of, signed
from harness.node.layout import FieldLayout
from harness.node.schema import U8, WireStruct, declared_structs
from harness.node.structs import (
    BootReport,
    Hello,
    HelloRequest,
    ResetReason,
    Status,
)
from harness.sensing.node import expected_layouts
from harness.sensing.structs.controller import Observation
from harness.sensing.structs.csi import CsiFeedRequest
from harness.sensing.structs.edge import EdgeFeatures
from harness.sensing.structs.settings import SettingRequest
from harness.sensing.structs.state import SensingStatus

COMPONENTS = Path(__file__).parents[2] / "firmware" / "components"
FOLDERS = [COMPONENTS / name / "include" for name in ("hil_agent", "node_agent", "wire_struct")]
LISTS = ("hil_agent/include/hil_struct_list.h", "node_agent/include/node_struct_list.h")

HALVES = ("harness.node", "harness.sensing.structs")
ALL = [struct for half in HALVES for struct in declared_structs(half)]


def test_every_size_and_offset_is_what_the_c_compiler_makes_of_the_header(tmp_path: Path) -> None:
    lines = ["#include <stddef.h>", '#include "hil_protocol.h"', '#include "node_protocol.h"']
    for struct in ALL:
        layout, c_name = struct.layout(), f"hil_{struct.wire_name}_t"
        lines.append(f'_Static_assert(sizeof({c_name}) == {layout.size}, "{c_name}");')
        for name, offset, size in layout.fields:
            what = f'"{c_name}.{name}"'
            lines.append(f"_Static_assert(offsetof({c_name}, {name}) == {offset}, {what});")
            lines.append(f"_Static_assert(sizeof((({c_name} *)0)->{name}) == {size}, {what});")
    source = tmp_path / "layout.c"
    source.write_text("\n".join(lines))
    folders = [f"-I{folder}" for folder in FOLDERS]
    subprocess.run(["gcc", "-std=c11", "-fsyntax-only", *folders, source], check=True)


def test_every_struct_of_the_header_is_declared() -> None:
    listed = "".join((COMPONENTS / name).read_text() for name in LISTS)
    types = set(re.findall(r"^WIRE_STRUCT\(\w+, (\w+),$", listed, re.MULTILINE))
    assert {f"hil_{s.wire_name}_t" for s in ALL} == types


# Text is cut at its NUL: these do not build back bit by bit.
INEXACT = {"hello", "partition", "boot_report", "node_boot", "setting_info", "settings"}


def has_nan(value: object) -> bool:
    """Whether there is one in the struct: it may be built back as another."""
    if isinstance(value, WireStruct):
        return any(has_nan(getattr(value, name)) for name in vars(value))
    if isinstance(value, tuple):
        return any(map(has_nan, value))
    return isinstance(value, float) and value != value


@given(st.sampled_from(ALL), st.integers(0, 1 << 32))
def test_any_bytes_of_the_right_length_parse_and_build_back(
    struct: type[WireStruct], seed: int
) -> None:
    raw = random.Random(seed).randbytes(struct.sizeof())
    parsed = struct.parse(raw)
    if struct.wire_name not in INEXACT and not has_nan(parsed):
        assert parsed.build() == raw


def test_what_is_read_the_quick_way_is_what_construct_reads() -> None:
    quick = [struct for struct in ALL if struct._numbers is not None]
    assert "edge_features" in {struct.wire_name for struct in quick}
    for struct in quick:
        raw = random.Random(struct.wire_name).randbytes(struct.sizeof())
        fields = struct._struct.parse(raw)
        # as text, since a number that is none is not equal to itself
        assert str(struct.parse(raw)) == str(struct(**{n: fields[n] for n in struct._fields}))


@pytest.mark.parametrize("delta", [-1, 1])
def test_a_reply_of_another_length_names_the_struct_and_both_lengths(delta: int) -> None:
    size = Status.sizeof()
    with pytest.raises(ProtocolFault, match=rf"status: {size + delta} bytes came, .*{size}"):
        Status.parse(bytes(size + delta))


def test_a_value_that_does_not_fit_names_its_field() -> None:
    with pytest.raises(ValueError, match=r"setting_req cannot hold .*-> value"):
        SettingRequest(0, 1 << 40).build()
    with pytest.raises(ValueError, match=r"(?s)edge_features .*expected 8 elements"):
        replace(EdgeFeatures.parse(bytes(EdgeFeatures.sizeof())), vector=(0.0,) * 7).build()
    with pytest.raises(ValueError, match=r"csi_feed_req cannot hold .*-> rate_hz"):
        CsiFeedRequest(1e40).build()
    with pytest.raises(ValueError, match=r"longer than 16 bytes"):
        Hello(1, 1, 1, 1, 1, 1, 0, 1, 1, "x" * 17, "", bytes(32)).build()


def test_a_number_outside_its_enumeration_stays_a_number() -> None:
    raw = bytearray(BootReport.sizeof())
    offset = next(f.offset for f in BootReport.layout().fields if f.name == "reset_reason")
    raw[offset] = 4
    assert BootReport.parse(bytes(raw)).reset_reason is ResetReason.PANIC
    raw[offset] = 99
    report = BootReport.parse(bytes(raw))
    assert (report.reset_reason, report.reset_reason_name) == (99, "unknown reason 99")


def test_floats_and_defaults() -> None:
    assert Observation.parse(Observation(motion=0.5, pkt_yield=7).build()) == Observation(
        motion=0.5, pkt_yield=7
    )
    assert HelloRequest().build() == b"\x03\0\0\0"


def test_a_firmware_s_own_part_is_read_with_the_agent_s_and_laid_out_alone() -> None:
    own = SensingStatus.layout()
    assert (own.name, own.fields[0]) == ("node_status", FieldLayout("head_state", 0, 1))
    assert own.size + Status.sizeof() == SensingStatus.sizeof()
    names = [field.name for layout in (Status.layout(), own) for field in layout.fields]
    raw = random.Random(1).randbytes(SensingStatus.sizeof())
    both, agents = SensingStatus.parse(raw), Status.parse(raw[: Status.sizeof()])
    assert list(vars(both)) == names
    assert vars(agents).items() <= vars(both).items()
    assert both.build() == raw
    with pytest.raises(ProtocolFault, match=r"status and node_status: 9 bytes came, .*"):
        SensingStatus.parse(raw[:9])


def test_a_name_declared_twice_is_refused() -> None:
    with pytest.raises(TypeError, match=r"'status' is declared twice"):

        class Again(WireStruct, wire_name="status"):
            x: U8


# ---- comparing layouts -------------------------------------------------------------------------


def test_the_schema_agrees_with_itself() -> None:
    layouts = expected_layouts()
    assert compare_layouts(layouts, list(layouts)) == []
    assert {"temporal_classification", "feature_state", "status", "boot_report"} <= {
        layout.name for layout in layouts
    }


def test_a_moved_field_is_named_with_both_places() -> None:
    expected = Status.layout()
    fields = [
        f._replace(offset=f.offset + 4) if f.name == "heap_free" else f for f in expected.fields
    ]
    (mismatch,) = compare_layouts([expected], [expected._replace(fields=tuple(fields))])
    assert mismatch == "status.heap_free: schema offset 10 size 4, node offset 14 size 4"


def test_a_grown_struct_a_missing_and_an_unknown_field_are_all_named() -> None:
    expected = Status.layout()
    size, last = expected.size, expected.fields[-1]
    fields = (*expected.fields[:-1], FieldLayout("extra", last.offset, last.size + 4))
    found = compare_layouts([expected], [expected._replace(size=size + 4, fields=fields)])
    assert found == [
        f"status: size: schema {size} bytes, node {size + 4} bytes",
        f"status.{last.name}: the node does not report this field",
        "status.extra: the schema does not know this field",
    ]


def test_a_missing_an_unknown_and_a_doubled_struct_are_named() -> None:
    status, hello = Status.layout(), Hello.layout()
    found = compare_layouts([status], [hello, hello])
    assert found == [
        "status: the node does not report this struct",
        "hello: the schema does not know this struct",
        "hello: the schema does not know this struct",
        "hello: the node reports this struct twice",
    ]


# ---- esp_err -----------------------------------------------------------------------------------


def test_error_names() -> None:
    assert name_of(0x102) == "ESP_ERR_INVALID_ARG"
    assert name_of(0xFFFFFFFF) == name_of(-1) == "ESP_FAIL"
    assert name_of(0x7777) == "UNKNOWN_0x7777"
    assert signed(0xFFFFFFFF) == -1
