"""Panics in the log."""

import subprocess
from pathlib import Path

import pytest

from harness.node.panic import Panic, find_panic

PROGRAM = """
int inner(int x);
int outer(int x);
int inner(int x) { return x * 3; }
int outer(int x) { return inner(x) + 1; }
int main(void) { return outer(2); }
"""


def test_a_log_without_a_backtrace_has_no_panic() -> None:
    assert find_panic(["I (1) main: hello", "PANIC: abort", "Backtrace: none"]) is None
    assert find_panic([]) is None


def test_the_last_panic_counts_with_its_own_reason() -> None:
    panic = find_panic(
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
    panic = find_panic(
        [
            "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.",
            "Core  0 register dump:",
            "Backtrace: 0x40056f5c:0x3fcebed0 0x4200a1b2:0x3fcebef0 |<-CORRUPTED",
        ]
    )
    assert panic is not None
    assert panic.addresses == (0x40056F5C, 0x4200A1B2)
    assert panic.calls
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
