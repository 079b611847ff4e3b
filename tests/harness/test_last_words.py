"""The panic is shown, not the next boot; a restart loop tells what each start ended with."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import NodeCrashed
from harness.node import ResetReason
from harness.node.last_words import around_crash, endings, last_words, lives
from harness.sensing.node import SensingNode
from tests.harness.fake_device import FakeConnection, FakeNode, wait_until
from tests.harness.test_board_session import session
from tests.harness.test_link_requests import QUICK

ROM = ["ESP-ROM:esp32s3-20210327", "rst:0xc (RTC_SW_CPU_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)"]
START = [*ROM, "I (24) boot: ESP-IDF v5.5.3 2nd stage bootloader"]
START += [f"I ({30 + i}) boot: step {i} of the start" for i in range(60)]
WORK = [f"I ({900 + i}) app: step {i} of its work" for i in range(30)]
REGISTERS = [f"A{i:<7}: 0x0000000{i}  A{i + 1:<7}: 0x00000000" for i in range(10)]
PANIC = ["Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled."]
PANIC += ["", "Core  0 register dump:", *REGISTERS, "", "Backtrace: 0x42000010:0x3fc98f50", ""]
PANIC += ["ELF file SHA256: abab", "", "Rebooting..."]
CRASH = [*WORK, *PANIC, *START]


def test_a_start_is_one_life_however_many_signs_it_gives() -> None:
    assert [len(life) for life in lives(CRASH)] == [len(WORK) + len(PANIC), len(START)]
    assert [len(life) for life in lives([*START, *WORK])] == [len(START) + len(WORK)]
    assert len(lives([*ROM, *ROM, *ROM])) == 3
    assert lives([]) == [[]]


def test_the_last_words_are_the_panic_and_what_led_to_it() -> None:
    words = last_words(CRASH, 15, restarted=True)
    assert words[0] == WORK[-5] and words[-1] == "Rebooting..."
    assert PANIC[0] in words and "Backtrace: 0x42000010:0x3fc98f50" in words
    assert not set(words) & set(START)
    assert len(words) <= 15


def test_a_restart_without_a_panic_ends_at_what_was_said_before_it() -> None:
    log = [*WORK, *START]
    assert last_words(log, 15, restarted=True) == WORK[-15:]
    assert last_words(log, 15) == START[-15:]  # nothing is known to have gone wrong there


def test_the_first_of_several_crashes_is_the_one_that_counts() -> None:
    second = [line.replace("LoadProhibited", "IllegalInstruction") for line in PANIC]
    words = last_words([*WORK, *PANIC, *START, *second, *START], 15, restarted=True)
    assert PANIC[0] in words and second[0] not in words


def test_a_long_panic_keeps_its_reason_and_its_end() -> None:
    stack = [f"word {i}" for i in range(100)]
    words = last_words([*WORK, PANIC[0], *stack, "Rebooting..."], 20)
    assert len(words) == 20 and PANIC[0] in words and words[-1] == "Rebooting..."


def test_around_a_crash_both_sides_are_shown() -> None:
    shown = around_crash(CRASH, 40)
    assert PANIC[0] in shown and shown[-1] == START[-1]
    assert f"of the {len(START)} lines since then the last 10" in shown[-11]
    assert around_crash(WORK, 10) == WORK[-10:]


def test_what_each_start_ended_with() -> None:
    log = [*START, *PANIC, *START, "I (99) app: about to hang", *START]
    assert endings(log) == [PANIC[0], "I (99) app: about to hang"]


def test_a_crash_carries_the_panic_and_not_the_next_boot() -> None:
    fake = FakeNode()
    link = FakeConnection(fake)
    node = SensingNode(link, timing=QUICK)
    link.open()
    fake.power_on()
    before = node.wait_boot().boot_nonce
    for line in CRASH:
        fake.log(line)
    fake.boot(ResetReason.PANIC)
    wait_until(lambda: node.boot.boot_nonce != before)
    with pytest.raises(NodeCrashed) as caught:
        node.status()
    link.close()
    assert PANIC[0] in caught.value.log and WORK[-1] in caught.value.log
    assert not set(caught.value.log) & set(START)


def test_a_restart_loop_says_what_each_start_ended_with(tmp_path: Path) -> None:
    fake = """
from harness.plugin import bring_up
bring_up.BOOT_S = 2.0
board.starts = lambda it: (
    fake_board.crash_loop(it) if it.image == "ab" * 32 else fake_board.start_image(it)
)
"""
    outcome = session(tmp_path, "def test_it(node): pass\n", fake=fake, BOARD_IMAGE="22" * 32)
    assert outcome.status == 1, outcome.output
    assert "it restarted 2 times: Guru Meditation Error: Core  0 panic'ed" in outcome.output


_CRASHES = f"""
def test_in_which_it_crashes(node):
    from harness.node.structs import ResetReason
    from tests.harness import fake_board
    board = fake_board.BOARDS["it"]
    board.say("\\r\\n".join({CRASH!r}) + "\\r\\n")
    board.node.boot(ResetReason.PANIC)
    node.advance(seconds=1)
"""


def test_the_report_of_a_crash_shows_the_panic(tmp_path: Path) -> None:
    outcome = session(tmp_path, _CRASHES)
    assert outcome.verdicts == {"test_in_which_it_crashes": "FAIL"}, outcome.output
    shown = outcome.output.partition("the node's log during this test")[2]
    assert PANIC[0] in shown and WORK[-1] in shown
    assert "Last log lines" in outcome.output
    told = outcome.output.partition("Last log lines:")[2].partition("the node's log")[0]
    assert PANIC[0] in told and START[-1] not in told
