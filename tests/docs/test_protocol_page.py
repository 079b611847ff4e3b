"""The protocol page has every command and every struct that the firmware has, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPONENTS = ROOT / "firmware" / "components"
AGENT, NODE_AGENT = COMPONENTS / "hil_agent", COMPONENTS / "node_agent"
PAGE = (ROOT / "docs" / "node-protocol.md").read_text(encoding="utf-8")
COMMANDS = PAGE.partition("## Commands")[2].partition("## Adding")[0]


def test_every_command_has_its_row() -> None:
    files = [path for half in (AGENT, NODE_AGENT) for path in half.glob("src/commands_*.c")]
    sources = "".join(path.read_text() for path in files)
    in_firmware = re.findall(r'^    \{"(\w+)", ', sources, re.MULTILINE)
    in_page = re.findall(r"^\| `(\w+)` \|", COMMANDS, re.MULTILINE)
    assert len(in_firmware) > 30
    assert sorted(in_page) == sorted(in_firmware)


def test_every_struct_it_names_exists() -> None:
    lists = (AGENT / "include/hil_struct_list.h", NODE_AGENT / "include/node_struct_list.h")
    listed = "".join(path.read_text() for path in lists)
    structs = set(re.findall(r"^WIRE_STRUCT\((\w+),", listed, re.MULTILINE))
    requests = re.findall(r"^\| `\w+` \| `(\w+)`", COMMANDS, re.MULTILINE)
    assert len(requests) > 20
    assert set(requests) <= structs


def test_the_limits_are_the_firmware_s() -> None:
    header = (AGENT / "include" / "hil_protocol.h").read_text()
    for name in ("HIL_MAX_LINE", "HIL_MAX_PAYLOAD"):
        match = re.search(rf"#define {name} +(\d+)u", header)
        assert match, name
        assert f"{int(match[1]):,}" in PAGE, f"{name} is {match[1]}"
