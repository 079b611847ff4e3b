"""Whole sessions on a scripted board, one of them with every POSIX-only module out of reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.session_runner import Outcome, run_session

# The command line of a board, a scripted build, a scripted esptool.
_BOARD = """
import dataclasses, hashlib, json
from types import SimpleNamespace
import esptool
from harness.device.board import Board
from harness.target import registry
from tests.harness import fake_board

board = fake_board.FakeBoard(image=os.environ.get("BOARD_IMAGE", "ab" * 32))
fake_board.plug_in(board, "it")


class IdfBuild:
    def build(self, request, progress=print):
        print("BUILDING", flush=True)
        folder = request.build_dir
        (folder / "config").mkdir(parents=True, exist_ok=True)
        (folder / "config" / "sdkconfig.json").write_text('{"IDF_TARGET": "esp32s3"}')
        (folder / "node.elf").write_bytes(b"elf")
        (folder / "flasher_args.json").write_text(json.dumps({
            "write_flash_args": [], "flash_settings": {"flash_size": "8MB"},
            "flash_files": {"0x20000": "node.elf"}, "extra_esptool_args": {}}))
        return Firmware(request.target, folder / "node.elf", folder, "ab" * 32, True)


def write_image(arguments, esp):
    board.image = "ab" * 32


port = SimpleNamespace(close=lambda: None, get_settings=dict, apply_settings=lambda s: None)
loader = SimpleNamespace(_port=port, connect=lambda: None)
esptool.main = write_image
Board._esptool = lambda self: loader
on_board = registry.on_board
registry.on_board = lambda chip, port: dataclasses.replace(
    on_board(chip, port), recipe=IdfBuild(), requirements=()
)
"""

_TESTS = """
def test_it(node, dut, serial):
    assert node.status().rx_bytes >= 0
    assert serial is dut.serial

def test_log(node, dut):
    from tests.harness.fake_board import BOARDS
    BOARDS["it"].say("I (9) t: halt\\n")
    dut.expect("halt", timeout=60)
"""

_UNPLUGS = """
def test_first(node): pass

def test_unplugged(node):
    from tests.harness.fake_board import BOARDS
    node.connection.reopen_s = 0.5
    BOARDS["it"].unplug()
    node.advance(seconds=1)

def test_never_run(node): pass
"""

_SUPPLY_DROPS = """
def test_in_which_the_supply_drops(node):
    from harness.node.structs import ResetReason
    from tests.harness import fake_board
    board = fake_board.BOARDS["it"]
    fake_board.brown_out_once(board)
    board.node.boot(ResetReason.BROWNOUT)
    node.advance(seconds=1)

def test_after_it(node):
    node.advance(seconds=1)
"""

# Windows has none of these; whoever imports them is ours when its module's name says so.
_NO_POSIX = """
import builtins, sys
_POSIX = {"fcntl", "termios", "tty", "pty", "pwd", "grp", "resource", "readline", "curses",
          "posix", "syslog", "crypt", "nis", "spwd", "posixpath"}
_import = builtins.__import__
ASKED = set()

def _guarded(name, globals=None, locals=None, fromlist=(), level=0):
    importer = (globals or {}).get("__name__", "")
    if importer.split(".")[0] in ("harness", "kernels_ref"):
        ASKED.add(name.split(".")[0])
        if level == 0 and name.split(".")[0] in _POSIX:
            raise ImportError(f"no module named {name!r} on this system, wanted by {importer}")
    return _import(name, globals, locals, fromlist, level)

builtins.__import__ = _guarded
for loaded in [name for name in sys.modules if name.split(".")[0] in ("harness", "kernels_ref")]:
    raise RuntimeError(f"{loaded} was imported before the guard")
import os, select
for name in ("fork", "forkpty", "openpty", "killpg", "getpgid", "setsid", "getuid", "geteuid",
             "mkfifo", "set_blocking", "nice", "uname"):
    real = getattr(os, name, None)
    def absent(*args, _name=name, _real=real, **kwargs):
        caller = sys._getframe(1).f_globals.get("__name__", "")
        if caller.split(".")[0] in ("harness", "kernels_ref"):
            raise AttributeError(f"os.{_name} is not on this system, wanted by {caller}")
        return _real(*args, **kwargs)
    if real is not None:
        setattr(os, name, absent)
"""


def session(folder: Path, tests: str, fake: str = "", **env: str) -> Outcome:
    arguments = ["--target", "esp32s3", "--port", "fakeboard://it"]
    return run_session(folder, tests, *arguments, env=env, fake=_BOARD + fake)


def test_a_session_on_a_board(tmp_path: Path) -> None:
    outcome = session(tmp_path, _TESTS, BOARD_IMAGE="22" * 32)
    assert outcome.status == 0, outcome.output
    assert outcome.verdicts == {"test_it": "PASS", "test_log": "PASS"}
    assert "hil: flashing the board on fakeboard://it: it runs the image 2222" in outcome.output


def test_a_board_of_another_chip_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    outcome = session(tmp_path, _TESTS, fake='\nboard.chip = "esp32c3"\n')
    assert outcome.status == 2
    assert "has an esp32c3, and the target is esp32s3. Use --target esp32c3" in outcome.output
    assert "BUILDING" not in outcome.output and not outcome.folder.exists()


@pytest.mark.parametrize(
    ("starts", "sentence"),
    [
        ("wait_for_download", "is stuck in download mode"),
        ("brown_out", "brown-out"),
        ("speak_noise", "at 115200 baud is not text"),
    ],
)
def test_a_board_that_cannot_start_is_the_bench_before_anything_is_built(
    tmp_path: Path, starts: str, sentence: str
) -> None:
    outcome = session(tmp_path, _TESTS, fake=f"\nboard.starts = fake_board.{starts}\n")
    assert outcome.status == 2, outcome.output
    (line,) = [line for line in outcome.output.splitlines() if sentence in line]
    assert "fakeboard://it" in line
    assert "BUILDING" not in outcome.output and "Traceback" not in outcome.output


def test_a_board_with_another_image_that_is_not_to_be_flashed_is_the_bench(tmp_path: Path) -> None:
    arguments = ["--target", "esp32s3", "--port", "fakeboard://it", "--skip-autoflash", "y"]
    outcome = run_session(tmp_path, _TESTS, *arguments, env={"BOARD_IMAGE": "22" * 32}, fake=_BOARD)
    assert outcome.status == 2, outcome.output
    assert outcome.end["verdict"] == "BENCH"
    assert "it runs the image 2222222222222222…" in outcome.end["sentence"]


@pytest.mark.parametrize(
    ("starts", "sentence"),
    [("crash_loop", "Guru Meditation Error"), ("refuse_image", "refused the image")],
)
def test_an_image_that_does_not_start_is_the_devices_fault(
    tmp_path: Path, starts: str, sentence: str
) -> None:
    """Only what was flashed by this session is judged."""
    fake = f"""
from harness.plugin import bring_up
bring_up.BOOT_S = 2.0
board.starts = lambda it: (
    fake_board.{starts}(it) if it.image == "ab" * 32 else fake_board.start_image(it)
)
"""
    outcome = session(tmp_path, _TESTS, fake=fake, BOARD_IMAGE="22" * 32)
    assert outcome.status == 1, outcome.output
    assert outcome.end["verdict"] == "FAIL"
    assert sentence in outcome.output


def test_a_board_that_is_unplugged_is_the_bench_with_the_ports_name(tmp_path: Path) -> None:
    outcome = session(tmp_path, _UNPLUGS)
    assert outcome.status == 2, outcome.output
    assert outcome.end["verdict"] == "BENCH"
    assert "The connection to fakeboard://it was lost" in outcome.end["sentence"]
    assert outcome.verdicts == {"test_first": "PASS", "test_unplugged": "BENCH"}


def test_a_brown_out_in_mid_test_is_the_benchs_and_told_once_with_what_helps(
    tmp_path: Path,
) -> None:
    outcome = session(tmp_path, _SUPPLY_DROPS)
    assert outcome.status == 2, outcome.output
    verdicts = {"test_in_which_the_supply_drops": "BENCH", "test_after_it": "PASS"}
    assert outcome.verdicts == verdicts
    assert "its supply voltage dropped (brown-out)" in outcome.output
    assert "Use a shorter cable" in outcome.output


def test_the_board_path_needs_no_posix_module(tmp_path: Path) -> None:
    """The same session with every module and function that Windows lacks taken from our code."""
    (tmp_path / "no_posix.py").write_text(_NO_POSIX)
    guard = """
import sys
import no_posix
assert {"serial", "esptool", "subprocess"} <= no_posix.ASKED, no_posix.ASKED
"""
    arguments = ["-p", "no_posix", "--target", "esp32s3", "--port", "fakeboard://it"]
    outcome = run_session(
        tmp_path, _TESTS, *arguments, env={"BOARD_IMAGE": "22" * 32}, fake=_BOARD + guard
    )
    assert outcome.status == 0, outcome.output
    assert set(outcome.verdicts.values()) == {"PASS"}


def test_the_guard_against_posix_modules_works(tmp_path: Path) -> None:
    (tmp_path / "no_posix.py").write_text(_NO_POSIX)
    ours = """
source = "import fcntl"
exec(compile(source, "x", "exec"), {"__name__": "harness.connection.x"})
"""
    arguments = ["-p", "no_posix", "--target", "esp32s3", "--port", "fakeboard://it"]
    outcome = run_session(tmp_path, _TESTS, *arguments, fake=_BOARD + ours)
    assert outcome.status != 0
    assert "no module named 'fcntl' on this system" in outcome.output
