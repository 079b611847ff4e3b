"""The steps before the first test, on a scripted node."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.patience import PATIENCE_S
from tests.harness.session_runner import ROOT, run_session
from tests.harness.test_session_verdicts import PASSES

MOVED_FIELD = """
from harness.node.layout import FieldLayout
def set_up(device):
    layouts = device.fake.commands.layouts
    i = next(i for i, layout in enumerate(layouts) if layout.name == "status")
    fields = list(layouts[i].fields)
    fields[2] = fields[2]._replace(offset=fields[2].offset + 4)
    layouts[i] = layouts[i]._replace(fields=tuple(fields))
"""


def test_the_steps_are_recorded(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, PASSES)
    assert [step["name"] for step in outcome.of_kind("step")] == [
        "build",
        "start",
        "layout",
        "factory state",
    ]
    boot = outcome.of_kind("boot")[0]["report"]
    assert boot["reset_reason"] == "POWERON"
    assert boot["boot_nonce"] == "0x00001001"
    own = {"head_state": "ON", "weights_crc": "0x00000000", "temporal_feed": "STATE"}
    assert own.items() <= boot.items(), "what the firmware adds is missing"
    assert boot["partitions"] == ["weights 0x0+0x8000"]
    assert b"I (1) node: starting" in (outcome.folder / "console.log").read_bytes()


def test_a_moved_field_ends_the_session_and_is_named(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, PASSES + PASSES.replace("passes", "second"), fake=MOVED_FIELD)
    assert outcome.status == 1
    assert list(outcome.verdicts.values()) == ["FAIL"]
    assert "status.cycle_unit: schema offset" in outcome.output


def test_a_build_that_fails_is_the_bench_and_shows_the_compiler(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, PASSES, env={"FAKE_BUILD": "fails"})
    assert outcome.status == 2
    assert outcome.end["verdict"] == "BENCH"
    assert "kernel.c:7:3: error: 'x' undeclared" in outcome.output
    assert "Traceback" not in outcome.output


def test_another_image_than_the_one_built_is_the_bench(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, PASSES, env={"FAKE_SHA": "ab" * 32})
    assert outcome.status == 2
    assert "The node reports the image 0000000000000000…" in outcome.output


def test_every_test_finds_the_node_restored_and_the_clock_stepped(tmp_path: Path) -> None:
    tests = """
def test_first(node):
    node.advance(seconds=5)

def test_second(node, device):
    assert device.fake.commands.now_us == 0
    assert device.fake.commands.clock == ClockMode.STEPPED
"""
    source = "from harness.node.structs import ClockMode\n" + tests
    outcome = run_session(tmp_path, source)
    assert outcome.status == 0, outcome.output


def test_a_test_that_reboots_leaves_a_clean_node(tmp_path: Path) -> None:
    tests = """
import pytest

@pytest.mark.reboots
def test_writes(node):
    node.partition_write(0, b"dirt")
    node.reset()

def test_after(node):
    assert node.partition_read(0, 4) == bytes([255] * 4)
"""
    outcome = run_session(tmp_path, tests)
    assert outcome.status == 0, outcome.output
    assert len(outcome.of_kind("boot")) == 2


def test_a_node_that_was_in_use_is_wiped_before_the_first_test(tmp_path: Path) -> None:
    tests = "def test_it(node): assert node.settings().start_head == 1"
    used = """
from harness.sensing.scripted import SensingCommands
new = SensingCommands.__init__
def used(self, **sizes):
    new(self, **sizes)
    self.start_head = 0
SensingCommands.__init__ = used
"""
    outcome = run_session(tmp_path, tests, fake=used)
    assert outcome.status == 0, outcome.output
    (step,) = [record for record in outcome.of_kind("step") if record["name"] == "factory state"]
    assert step["detail"] == "wiped: setting start_head"
    assert len(outcome.of_kind("boot")) == 2


def test_memory_that_the_node_does_not_have_is_a_skip_with_its_reason(tmp_path: Path) -> None:
    tests = """
import pytest

@pytest.mark.needs("memory", 65537)
def test_too_much(node): pass

@pytest.mark.needs("memory", 65536)
def test_just_enough(node): pass
"""
    outcome = run_session(tmp_path, tests)
    assert outcome.verdicts == {"test_too_much": "SKIP", "test_just_enough": "PASS"}
    reason = "needs 65537 bytes of scratch memory: the node has 65536"
    assert f"skipped 1: {reason}" in outcome.output


def test_a_misspelt_need_is_refused(tmp_path: Path) -> None:
    tests = "import pytest\n@pytest.mark.needs('netwrok')\ndef test_it(node): pass\n"
    outcome = run_session(tmp_path, tests)
    assert outcome.status == 2
    assert "test_it.py::test_it needs 'netwrok', which is no capability." in outcome.output


def test_the_fixtures_of_pytest_embedded_hand_out_the_one_device(tmp_path: Path) -> None:
    tests = """
seen = []

def test_expect(dut, device):
    device.fake.log("ready to go")
    dut.expect("ready to go", timeout=30)

def test_old_output_is_not_matched_again(dut, device):
    import pexpect, pytest
    with pytest.raises(pexpect.TIMEOUT):
        dut.expect("ready to go", timeout=0.2)
    device.fake.log("said before")

def test_output_of_another_test_is_not_matched(dut):
    import pexpect, pytest
    with pytest.raises(pexpect.TIMEOUT):
        dut.expect("said before", timeout=0.2)

def test_one_device(dut, serial, qemu, app, device):
    assert qemu is None and serial is device and dut.serial is device
    assert app.binary_path
"""
    outcome = run_session(tmp_path, tests)
    assert outcome.status == 0, outcome.output


def test_the_agents_lines_do_not_reach_pytest_embedded(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, PASSES)
    log = (outcome.folder / "dut" / "dut.log").read_bytes()
    assert log == b"I (1) node: starting\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--target", "nothing"], "There is no target 'nothing'. Known ones: qemu, host, "),
        (["--target", "esp32s3"], "esp32s3"),
        (["--target", "linux"], "ESP-IDF is needed for target linux and was not found."),
        (["--target", "qemu", "--sanitize"], "Target qemu has no build with --sanitize."),
        (["--count", "17"], "--count 17: a session has 1 to 16 nodes."),
        (["-m", "soak", "--soak-duration", "soon"], "--soak-duration soon: is not a duration."),
        (["-m", "live", "--live-seconds", "0"], "--live-seconds 0.0 is not above 0."),
        (["--firmware-dir", "/no/such/folder"], "--firmware-dir /no/such/folder is not a folder."),
    ],
)
def test_what_cannot_be_had_is_one_sentence(arguments: list[str], sentence: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "hil_tests"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "IDF_PATH"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout


def test_the_sessions_port_for_packets_is_this_machines_only(tmp_path: Path) -> None:
    fake = """
import dataclasses
registry.TARGETS = MappingProxyType({**registry.TARGETS, "fake": dataclasses.replace(
    FAKE, capabilities=FAKE.capabilities | {Capability("network")})})
"""
    tests = """
def test_port(node, hil_session):
    assert hil_session.application.network._socket.getsockname()[0] == "127.0.0.1"
"""
    outcome = run_session(tmp_path, tests, fake=fake)
    assert outcome.status == 0, outcome.output
