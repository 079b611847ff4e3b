"""Panics in the log."""

import subprocess
from pathlib import Path

import pytest

from harness.node.panic import Panic, find_panics

PROGRAM = """
int inner(int x);
int outer(int x);
int inner(int x) { return x * 3; }
int outer(int x) { return inner(x) + 1; }
int main(void) { return outer(2); }
"""


def test_a_log_without_a_backtrace_has_no_panic() -> None:
    assert find_panics(["I (1) main: hello", "PANIC: abort", "Backtrace: none"]) == []
    assert find_panics([]) == []


def test_the_last_panic_counts_with_its_own_reason() -> None:
    (panic,) = find_panics(
        [
            "PANIC: abort (cause 3)",
            "Backtrace: 0x80000010",
            "I (5) main: started",
            "PANIC: load access fault (cause 5)",
            "pc 0x80000020 value 0x00000008",
            "Backtrace: 0x80000020 0x80000abc 0x80000DEF",
            "Rebooting",
        ]
    )
    assert panic == Panic(
        "PANIC: load access fault (cause 5)", (0x80000020, 0x80000ABC, 0x80000DEF), calls=False
    )


def test_an_xtensa_backtrace_has_stack_pointers_beside_the_addresses() -> None:
    (panic,) = find_panics(
        [
            "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.",
            "Core  0 register dump:",
            "Backtrace: 0x40056f5c:0x3fcebed0 0x4200a1b2:0x3fcebef0 |<-CORRUPTED",
        ]
    )
    assert panic.addresses == (0x40056F5C, 0x4200A1B2)
    assert panic.calls and panic.is_corrupted
    assert "LoadProhibited" in panic.reason


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elf")
    source, elf = folder / "program.c", folder / "program.elf"
    source.write_text(PROGRAM)
    subprocess.run(["gcc", "-g", "-O0", "-no-pie", "-o", elf, source], check=True)
    return elf


def address_of(elf: Path, symbol: str) -> int:
    table = subprocess.run(["nm", elf], capture_output=True, text=True, check=True).stdout
    return next(int(line.split()[0], 16) for line in table.splitlines() if line.endswith(symbol))


def test_addresses_become_functions_and_lines(elf: Path) -> None:
    text = Panic("", (address_of(elf, " inner"),), calls=False).decode(elf, "addr2line")
    assert "inner at" in text
    assert "program.c:4" in text


def test_a_return_address_is_looked_up_in_the_call_before_it(elf: Path) -> None:
    """The address behind a function's last instruction belongs to the next one."""
    end_of_inner = address_of(elf, " outer")
    addresses = (address_of(elf, " main"), end_of_inner)
    returned = Panic("", addresses, calls=False).decode(elf, "addr2line")
    called = Panic("", addresses, calls=True).decode(elf, "addr2line")
    assert "inner at" in returned
    assert "outer at" in called


def test_what_is_missing_is_said_and_the_addresses_are_kept(elf: Path, tmp_path: Path) -> None:
    panic = Panic("", (0x80000010,), calls=False)
    assert "no-such-tool is not installed: 0x80000010" in panic.decode(elf, "no-such-tool")
    assert "does not exist: 0x80000010" in panic.decode(tmp_path / "gone.elf", "addr2line")
    no_elf = tmp_path / "text"
    no_elf.write_text("no ELF")
    assert "addr2line failed" in panic.decode(no_elf, "addr2line")


def both_cores(reason: list[str], first: str, second: str) -> list[str]:
    """A panic of a chip with two cores, which prints the one that noticed it first."""
    registers = [f"A{i}      : 0x0000000{i}  A{i + 1}      : 0x00000000" for i in range(0, 8, 2)]
    begin = ["I (4) app: at work", *reason]
    dumps = []
    for core, backtrace in (("0", first), ("1", second)):
        dumps += [f"Core  {core} register dump:", *registers, "", f"Backtrace: {backtrace}", ""]
    return [*begin, *dumps, "ELF file SHA256: abab", "", "Rebooting..."]


def test_both_cores_are_found_the_one_that_panicked_first() -> None:
    log = both_cores(
        ["Guru Meditation Error: Core  1 panic'ed (Interrupt wdt timeout on CPU1)."],
        "0x42000010:0x3fc90000 |<-CORRUPTED",
        "0x42000020:0x3fc90000 0x42000030:0x3fc90020",
    )
    guilty, other = find_panics(log)
    assert guilty.addresses == (0x42000020, 0x42000030) and not guilty.is_corrupted
    assert guilty.core == "Core 1, which is to blame:"
    assert other.addresses == (0x42000010,) and other.is_corrupted
    assert other.core == "Core 0:"
    assert guilty.reason == other.reason and "Interrupt wdt timeout on CPU1" in guilty.reason


def test_a_watchdogs_core_is_the_one_that_starved_it() -> None:
    says = "E (37719) task_wdt: "
    log = [
        f"{says}Task watchdog got triggered. The following tasks did not reset it in time:",
        f"{says} - IDLE1 (CPU 1)",
        f"{says}Tasks currently running:",
        f"{says}CPU 0: IDLE0",
        f"{says}CPU 1: worker",
        f"{says}Print CPU 0 (current core) backtrace",
        "Backtrace: 0x42000010:0x3fc90000",
        f"{says}Print CPU 1 backtrace",
        "Backtrace: 0x42000020:0x3fc90000",
    ]
    guilty, other = find_panics(log)
    assert guilty.addresses == (0x42000020,)
    assert guilty.core == "Core 1, which is to blame, running worker:"
    assert other.core == "Core 0, running IDLE0:"
    assert guilty.reason.startswith("Task watchdog got triggered.")


def test_the_crash_before_the_last_restart_is_not_mixed_with_it() -> None:
    first = both_cores(["Guru Meditation Error: Core  0 panic'ed (A)."], "0x1:0x3fc90000", "0x2")
    second = both_cores(["Guru Meditation Error: Core  0 panic'ed (B)."], "0x3:0x3fc90000", "0x4")
    rom = ["ESP-ROM:esp32s3-20210327", "rst:0xc (RTC_SW_CPU_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)"]
    panics = find_panics([*first, *rom, *second, *rom])
    assert [panic.addresses for panic in panics] == [(3,), (4,)]
    assert {panic.reason for panic in panics} == {"Guru Meditation Error: Core  0 panic'ed (B)."}
