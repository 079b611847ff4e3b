"""A whole session on a chip in esp-emu, played by a program with esp-emu's command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.harness.session_runner import run_session

pytest.importorskip("pytest_embedded_espemu")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the scripted program is a shell script")

# A scripted build, a scripted emulator; everything between them is what a user runs.
_EMULATOR = """
import dataclasses, json
from pathlib import Path
from harness.target import emulator
from tests.harness.fake_program import make_executable

class IdfBuild:
    def build(self, request, progress=print):
        folder = request.build_dir
        (folder / "config").mkdir(parents=True, exist_ok=True)
        (folder / "config" / "sdkconfig.json").write_text('{"IDF_TARGET": "esp32c6"}')
        (folder / "node.elf").write_bytes(b"elf")
        (folder / "otadata.bin").write_bytes(b"\\xff" * 0x2000)
        (folder / "flasher_args.json").write_text(json.dumps({
            "write_flash_args": [], "flash_settings": {"flash_size": "8MB"},
            "flash_files": {"0xf000": "otadata.bin", "0x20000": "node.elf"},
            "otadata": {"offset": "0xf000", "file": "otadata.bin"}, "extra_esptool_args": {}}))
        return Firmware(request.target, folder / "node.elf", folder, "00" * 32, True)

program = make_executable(Path(__file__).parent, "native")
emulator.find_idf_program = lambda name: program if name == "esp-emu" else None
in_emulator = registry.in_emulator
registry.in_emulator = lambda chip: dataclasses.replace(
    in_emulator(chip), recipe=IdfBuild(), requirements=()
)
"""

_TESTS = """
import pytest

def test_console(node, dut, espemu):
    arguments = node.log[0].text
    assert "--chip" in arguments and "esp32c6" in arguments and "--net" in arguments
    assert node.status().rx_bytes >= 0
    assert espemu is dut.espemu

def test_flash(espemu):
    image = open(espemu.image_path, "rb").read()
    assert len(image) == 8 << 20 and image[0x20000:0x20003] == b"elf"
    assert image[0xF000:0xF004] == bytes([1, 0, 0, 0])

def test_power(node, device, dut):
    before = node.boot.boot_nonce
    device.power_cycle()
    assert node.wait_boot(after="power came back").boot_nonce != before
    dut.expect("main: arguments", timeout=60)

@pytest.mark.needs("network")
def test_network(node):
    raise AssertionError("esp-emu is not told to have one")
"""

_ENDS = """
def test_it_ends(node):
    node.request("end", b"exit 3")
"""


def test_a_session_in_esp_emu(tmp_path: Path) -> None:
    arguments = ["--target", "esp32c6", "--espemu-extra-args", "--net user"]
    outcome = run_session(tmp_path, _TESTS, *arguments, fake=_EMULATOR)
    assert outcome.status == 0, outcome.output
    assert outcome.verdicts == {
        "test_console": "PASS",
        "test_flash": "PASS",
        "test_power": "PASS",
        "test_network": "SKIP",
    }
    assert "on esp32c6-espemu" in outcome.output


def test_an_esp_emu_that_ends_is_the_bench(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, _ENDS, "--target", "esp32c6", fake=_EMULATOR)
    assert outcome.status == 2, outcome.output
    assert "esp-emu ended with status 3" in outcome.output
