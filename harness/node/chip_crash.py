"""What a chip of Espressif's prints when it crashes, decoded with the chip's own tools.

Xtensa prints a backtrace (see `panic`). RISC-V prints registers and stack, from which gdb makes
one. Either may print a core dump, if that is switched on.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.node.panic import Panic, find_panic

_GDB_S = 60.0
_DUMP_BEGINS = re.compile(r"Core +\d+ register dump:")
_DUMP_ENDS = "ELF file SHA256:"
_REGISTER = re.compile(r"\b(MEPC|RA) *: 0x([0-9a-fA-F]{8})")
_STACK = "Stack memory:"
_CORE_BEGINS = "= CORE DUMP START ="
_CORE_ENDS = "= CORE DUMP END ="


@dataclass(frozen=True)
class Toolchain:
    """chip: ESP-IDF's name; empty for a target that is no chip. addr2line, gdb: what to start."""

    addr2line: str
    gdb: str = ""
    chip: str = ""
    find: Callable[[str], Path | None] = lambda _name: None

    def path(self, program: str) -> str:
        """Where the program is; its bare name when it is not installed."""
        return str(self.find(program) or program)


def decode_crash(log: Sequence[str], elf: Path, tools: Toolchain) -> str:
    """The last crash in the log lines as text; empty when there is none. Never raises."""
    parts = [_decode_registers(log, elf, tools) or _decode_backtrace(log, elf, tools)]
    if core := _between(log, _CORE_BEGINS, _CORE_ENDS):
        parts.append("Core dump:\n" + _decode_core(core, elf, tools))
    return "\n".join(part for part in parts if part)


def _decode_backtrace(log: Sequence[str], elf: Path, tools: Toolchain) -> str:
    panic = find_panic(log)
    if panic is None:
        return ""
    return f"{panic.reason}\n{panic.decode(elf, tools.path(tools.addr2line))}".strip()


def _decode_registers(log: Sequence[str], elf: Path, tools: Toolchain) -> str:
    """By esp-idf-panic-decoder and gdb; without gdb only where it happened and who called."""
    begin = max((i for i, line in enumerate(log) if _DUMP_BEGINS.search(line)), default=-1)
    dump = [log[begin]] if begin >= 0 else []
    for line in log[begin + 1 :] if dump else ():
        dump.append(line)
        if _DUMP_ENDS in line:
            break
    text = "\n".join(dump)
    if _STACK not in text:
        return ""  # Xtensa's has a backtrace instead
    reason = next((line for line in reversed(log[:begin]) if "Guru Meditation" in line), "")
    frames = _backtrace_by_gdb(text, elf, tools)
    if not frames:
        registers = {name: int(value, 16) for name, value in _REGISTER.findall(text)}
        addresses = tuple(registers[name] for name in ("MEPC", "RA") if name in registers)
        frames = Panic("", addresses, calls=False).decode(elf, tools.path(tools.addr2line))
    return f"{reason}\n{frames}".strip()


def _backtrace_by_gdb(dump: str, elf: Path, tools: Toolchain) -> str:
    gdb = tools.path(tools.gdb)
    with tempfile.TemporaryDirectory(prefix="hil-panic-") as folder:
        file = Path(folder, "panic.txt")
        file.write_text(dump + "\n", encoding="utf-8")
        server = f'"{sys.executable}" -m esp_idf_panic_decoder --target {tools.chip} "{file}"'
        commands = ["-ex", f"target remote | {server.replace(chr(92), chr(92) * 2)}", "-ex", "bt"]
        output = _output([gdb, "--batch", "-n", str(elf), *commands])
    frames = [line for line in output.splitlines() if line.startswith(("#", " "))]
    return "\n".join(frames)


def _decode_core(core: Sequence[str], elf: Path, tools: Toolchain) -> str:
    """By esp-coredump and gdb."""
    with tempfile.TemporaryDirectory(prefix="hil-core-") as folder:
        file = Path(folder, "core.b64")
        file.write_text("\n".join(line.strip() for line in core) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "esp_coredump", "--chip", tools.chip, "info_corefile"]
        command += ["--core", str(file), "--core-format", "b64", "--gdb", tools.path(tools.gdb)]
        output = _output([*command, str(elf)])
    needs = f"esp-coredump (pip install esp-coredump) and {tools.gdb}"
    return output or f"Not decoded: that needs {needs}."


def _between(log: Sequence[str], begin: str, end: str) -> list[str]:
    """The lines of the last block between the two marks; empty when it is not complete."""
    last = max((i for i, line in enumerate(log) if end in line), default=-1)
    first = max((i for i, line in enumerate(log[: max(last, 0)]) if begin in line), default=-1)
    return [line for line in log[first + 1 : last] if line.strip()] if 0 <= first < last else []


def _output(command: Sequence[str]) -> str:
    """What a program prints; empty when it is not there or fails."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_GDB_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
