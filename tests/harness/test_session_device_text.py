"""What a device says reaches neither terminal nor page as anything but text."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from harness.cli.app import run_cli
from harness.cli.console import print_json, print_line, print_table
from harness.errors import NodeCrashed, NodeError
from harness.plugin.echo import Echo
from harness.visible import visible
from tests.harness import hostile
from tests.harness.session_runner import run_session
from tests.schema.examples import EXAMPLES

HOSTILE = r"\x1b]0;owned\x07 \x1b[2J \x00 <script>alert(1)</script> \x9b31m \u202e end"

TESTS = f"""
from harness.errors import BenchError, NodeCrashed
from tests.harness.fake_device import Fault

SAID = "{HOSTILE}"

def test_panics(node, device):
    device.fake.log(SAID)
    device.fake.fail("status", Fault.CRASH)
    node.status()

def test_says_it_itself(node):
    print(SAID)
    raise RuntimeError(SAID)

def test_bench(node):
    raise BenchError(SAID + chr(10) + SAID)
"""


def test_a_hostile_log_is_shown(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, TESTS)
    assert outcome.status == 1
    page = (outcome.folder / "report.html").read_bytes().decode()
    for text in (outcome.output, page):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
        assert r"\x1b[2J \x00" in text and r"\x9b31m \u202e end" in text
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
    assert b"\x1b]0;owned" in (outcome.folder / "console.log").read_bytes()


def test_a_hostile_device_is_watched_with_s(tmp_path: Path) -> None:
    """pytest-embedded prints what it hears; `dut` gets the bytes as they came."""
    tests = f"""
SAID = "{HOSTILE}"

def test_watched(dut, device):
    device.fake.log("\\x1b[0;32mI (1) main: in green\\x1b[0m")
    device.fake.log(SAID)
    device.fake.log("ready")
    dut.expect_exact(SAID.encode(), timeout=30)
    dut.expect("ready", timeout=30)

def test_goes_on(dut):
    pass
"""
    outcome = run_session(tmp_path, tests, "-s", env={"PYTHONIOENCODING": "ascii"})
    assert outcome.status == 0, outcome.output
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", outcome.output)
    assert r"\x1b]0;owned\x07 \x1b[2J \x00 <script>" in outcome.output
    assert "I (1) main: in green\n" in outcome.output


def test_whoever_watches_may_leave() -> None:
    class Gone(io.StringIO):
        encoding = "utf-8"

        def write(self, _text: str) -> int:
            raise BrokenPipeError

    gone = Echo(Gone())
    gone.write("a line\n")
    gone.flush()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[0;31mE (5) wifi: no\x1b[0m\n", "E (5) wifi: no\n"),
        ("\x1b[8mhidden\x1b[m", "\\x1b[8mhidden"),
        ("\x1b[31;8mhidden", "\\x1b[31;8mhidden"),
    ],
)
def test_only_colours_are_taken_out(raw: str, shown: str) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    Echo(out).write(raw)
    out.seek(0)
    assert out.read() == shown


def test_errors_show_what_the_device_said() -> None:
    assert "\n  \\x1b[2Jgone" in str(NodeCrashed("PANIC", log=["\x1b[2Jgone"]))
    assert str(NodeError(0x102, "ESP_ERR_INVALID_ARG", "a\x00b")).endswith(", a\\x00b")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain \t text\nof lines", "plain \t text\nof lines"),
        ("Ü 5 µs ±1 – 漢字", "Ü 5 µs ±1 – 漢字"),
        ("from Windows\r\n", "from Windows\n"),
        ("over\rwritten", "over\\rwritten"),
        ("\udc80", "\\udc80"),
        ("\x1b[31mred", "\\x1b[31mred"),
    ],
)
def test_what_is_shown_of_a_text(raw: str, shown: str) -> None:
    assert visible(raw) == shown


def test_colours_of_this_machine_s_own_may_stay() -> None:
    assert visible("\x1b[31mred\x1b[2J", colours=True) == "\x1b[31mred\\x1b[2J"


def test_the_commands_show_what_files_and_ports_say(capsys: pytest.CaptureFixture[str]) -> None:
    """A board's USB strings, a file's name, an address in a capture."""
    print_table(["port", "what it says it is"], [["COM8", hostile.HOSTILE]])
    hostile.check_terminal(capsys.readouterr().out)
    print_line(hostile.HOSTILE)
    hostile.check_terminal(capsys.readouterr().out)
    print_json({"description": hostile.HOSTILE})
    printed = capsys.readouterr().out
    assert not re.search("[\x7f-\x9f\u202e\ud800-\udfff]", printed)
    assert json.loads(printed) == {"description": hostile.HOSTILE}


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_decode_shows_an_address_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: list[str]
) -> None:
    file = tmp_path / "a.jsonl"
    line = {"hex": EXAMPLES[0][1].hex(), "address": hostile.HOSTILE}
    file.write_text(json.dumps(line) + "\n")
    assert run_cli(["decode", *as_json, str(file)]) == 0
    printed = capsys.readouterr()
    if as_json:
        assert json.loads(printed.out)["address"] == hostile.HOSTILE
        assert not re.search("[\x7f-\x9f\u202e\ud800-\udfff]", printed.out)
    else:
        hostile.check_terminal(printed.out)
