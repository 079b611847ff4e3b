"""Crashes as chips print them: registers and stack on RISC-V, core dumps on the console."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.node.chip_crash import decode_crash
from harness.node.panic import Toolchain

PROGRAM = """
int inner(int x) { return x * 3; }
int main(void) { return inner(2); }
"""


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elf")
    source, elf = folder / "program.c", folder / "program.elf"
    source.write_text(PROGRAM)
    subprocess.run(["gcc", "-g", "-O0", "-no-pie", "-o", elf, source], check=True)
    return elf


def address_of(elf: Path, name: str) -> int:
    symbols = subprocess.run(["nm", elf], check=True, capture_output=True, text=True).stdout
    return next(int(line.split()[0], 16) for line in symbols.splitlines() if line.endswith(name))


def riscv_panic(mepc: int, ra: int) -> list[str]:
    return [
        "I (5) node: working",
        "Guru Meditation Error: Core  0 panic'ed (Load access fault). Exception was unhandled.",
        "",
        "Core  0 register dump:",
        f"MEPC    : 0x{mepc:08x}  RA      : 0x{ra:08x}  SP      : 0x3fc95e10  GP      : 0x3fc8b000",
        "MHARTID : 0x00000000  ",
        "",
        "Stack memory:",
        "3fc95e10: 0x00000000 0x00000001 0x00000002 0x00000003 0x0 0x0 0x0 0x0",
        "",
        "ELF file SHA256: abababab",
        "Rebooting...",
    ]


def test_riscv_without_gdb_says_where_and_who_called(elf: Path) -> None:
    inside, caller = address_of(elf, " inner") + 4, address_of(elf, " main") + 9
    tools = Toolchain("addr2line", "no-such-gdb", "esp32c3")
    text = decode_crash(riscv_panic(inside, caller), elf, tools)
    assert text.startswith("Guru Meditation Error: Core  0 panic'ed (Load access fault)")
    where, who = text.splitlines()[1:3]
    assert "inner at" in where and "program.c:2" in where
    assert "main at" in who and "program.c:3" in who


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for gdb is a script")
def test_riscv_with_gdb_gets_its_backtrace_from_the_panic_decoder(
    elf: Path, tmp_path: Path
) -> None:
    """The stand-in starts the decoder that it is told to, and asks it for the registers."""
    gdb = tmp_path / "riscv32-esp-elf-gdb"
    gdb.write_text(f"""#!{sys.executable}
import subprocess, sys
remote = next(a for a in sys.argv if a.startswith("target remote | ")).partition("| ")[2]
done = subprocess.run(remote, shell=True, input="$g#67$k#6b", capture_output=True, text=True)
registers = done.stdout.partition("$")[2]
pc = bytes.fromhex(registers[32 * 8:33 * 8])
print("noise")
print(f"#0  0x{{int.from_bytes(pc, 'little'):08x}} in inner (x=2) at program.c:2")
""")
    gdb.chmod(0o755)
    tools = Toolchain("addr2line", gdb.name, "esp32c3", find=lambda name: tmp_path / name)
    text = decode_crash(riscv_panic(0x4200A2C6, 0x4200A2C0), elf, tools)
    assert text.splitlines()[1:] == ["#0  0x4200a2c6 in inner (x=2) at program.c:2"]


def test_a_core_dump_that_cannot_be_decoded_says_what_is_missing(elf: Path) -> None:
    log = [
        "================= CORE DUMP START =================",
        "AAAA",
        "================= CORE DUMP END =================",
    ]
    text = decode_crash(log, elf, Toolchain("addr2line", "no-such-gdb", "esp32s3"))
    assert "pip install esp-coredump" in text and "no-such-gdb" in text


def test_two_riscv_cores_are_both_decoded_the_one_to_blame_first(elf: Path) -> None:
    inside, other = address_of(elf, " inner") + 4, address_of(elf, " main") + 4
    log = riscv_panic(other, other)
    begin = log.index("Core  0 register dump:")
    end = log.index("ELF file SHA256: abababab")
    second = riscv_panic(inside, other)[begin:end]
    second[0] = "Core  1 register dump:"
    log[end:end] = second
    log[1] = "Guru Meditation Error: Core  1 panic'ed (Load access fault)."
    text = decode_crash(log, elf, Toolchain("addr2line", "no-such-gdb", "esp32p4"))
    assert text.index("Core 1, which is to blame:") < text.index("inner at") < text.index("Core 0:")


# As the real one: a line that is no base64 ends it.
_DECODER = """
import base64, sys
for line in open(sys.argv[sys.argv.index("--core") + 1]):
    base64.b64decode(line.strip(), validate=True)
print("CRASHED TASK: worker")
"""
_CORE = ["= CORE DUMP START =", "ABCD", "EFGHIJKL", "= CORE DUMP END ="]
_LOG_LINE = "I (5120) wifi: bcn_timeout,ap_probe_send_start"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toolchain:
    """With a stand-in for esp-coredump; the interpreter stands for gdb, which is not started."""
    (tmp_path / "packages" / "esp_coredump").mkdir(parents=True)
    (tmp_path / "packages" / "esp_coredump" / "__init__.py").touch()
    (tmp_path / "packages" / "esp_coredump" / "__main__.py").write_text(_DECODER)
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"))
    return Toolchain("addr2line", sys.executable, "esp32s3")


@pytest.mark.parametrize(
    "core",
    [
        _CORE,
        [*_CORE[:2], _LOG_LINE, *_CORE[2:]],
        [_CORE[0], "AB" + _LOG_LINE, "CD", *_CORE[2:]],
        [*_CORE[:2], f"\x1b[0;32m{_LOG_LINE}\x1b[0m", "app: no level here", *_CORE[2:]],
    ],
    ids=["alone", "between its lines", "within a line", "coloured"],
)
def test_what_the_other_core_logs_inside_a_core_dump_does_not_spoil_it(
    elf: Path, tools: Toolchain, core: list[str]
) -> None:
    assert decode_crash(core, elf, tools) == "Core dump:\nCRASHED TASK: worker"


def test_a_decoder_that_fails_is_quoted_and_the_dump_is_kept(
    elf: Path, tools: Toolchain, tmp_path: Path
) -> None:
    core = [_CORE[0], "ABC", "EFGHIJKL", _CORE[3]]
    text = decode_crash(core, elf, tools, keep=tmp_path)
    assert "esp-coredump failed: binascii.Error: Incorrect padding." in text
    assert "pip install" not in text and "Traceback" not in text
    assert f"The raw dump is in {tmp_path / 'core-dump.b64'}." in text
    assert (tmp_path / "core-dump.b64").read_text() == "ABC\nEFGHIJKL\n"


def test_half_a_core_dump_is_none(elf: Path) -> None:
    log = ["================= CORE DUMP START =================", "AAAA"]
    assert decode_crash(log, elf, Toolchain("addr2line")) == ""


def test_an_xtensa_register_dump_is_left_to_its_backtrace(elf: Path) -> None:
    inside = address_of(elf, " inner")
    log = [
        "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.",
        "Core  0 register dump:",
        "PC      : 0x42008a1d  PS      : 0x00060d30  A0      : 0x82008b00",
        f"Backtrace: 0x{inside:08x}:0x3fc98f50",
        "ELF file SHA256: abab",
    ]
    text = decode_crash(log, elf, Toolchain("addr2line"))
    assert "LoadProhibited" in text and "inner at" in text
