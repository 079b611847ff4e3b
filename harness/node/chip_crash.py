"""Decodes what a chip of Espressif's prints when it crashes, with the chip's own tools.

Xtensa prints a backtrace (see `panic`). RISC-V prints registers and stack, from which gdb makes
one. Either may print a core dump, if that is switched on.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.node.core_dump import decode_core, run_tool
from harness.node.last_words import lives
from harness.node.panic import Crash, Panic, Toolchain, core_of, find_panics

_DUMP_BEGINS = re.compile(r"Core +\d+ register dump:")
_DUMP_ENDS = "ELF file SHA256:"
_REGISTER = re.compile(r"\b(MEPC|RA) *: 0x([0-9a-fA-F]{8})")
_STACK = "Stack memory:"
_CORE_BEGINS = "= CORE DUMP START ="
_CORE_ENDS = "= CORE DUMP END ="


def decode_crash(log: Sequence[str], elf: Path, tools: Toolchain, keep: Path | None = None) -> str:
    """The last crash in the log lines as text; empty when there is none. Never raises.

    keep: the folder for a core dump that cannot be decoded; one for temporary files by default.
    """
    parts = [_decode_registers(log, elf, tools) or _decode_backtraces(log, elf, tools)]
    if core := _between(log, _CORE_BEGINS, _CORE_ENDS):
        parts.append("Core dump:\n" + decode_core(core, elf, tools, keep))
    return "\n".join(part for part in parts if part)


def _decode_backtraces(log: Sequence[str], elf: Path, tools: Toolchain) -> str:
    parts: list[str] = []
    for panic in find_panics(log):
        parts += ["" if parts else panic.reason, panic.core]
        parts.append(panic.decode(elf, tools.path(tools.addr2line)))
    return "\n".join(part for part in parts if part)


def _decode_registers(log: Sequence[str], elf: Path, tools: Toolchain) -> str:
    """By esp-idf-panic-decoder and gdb. Without gdb: only the function and its caller."""
    crash, dumps = _register_dumps(log)
    parts = [crash.reason]
    for dump in sorted(dumps, key=lambda dump: core_of(dump[0]) not in crash.blamed):
        text = "\n".join(dump)
        frames = _backtrace_by_gdb(text, elf, tools)
        if not frames:
            registers = {name: int(value, 16) for name, value in _REGISTER.findall(text)}
            addresses = tuple(registers[name] for name in ("MEPC", "RA") if name in registers)
            frames = Panic("", addresses, calls=False).decode(elf, tools.path(tools.addr2line))
        parts += [crash.heading(core_of(dump[0])) if len(dumps) > 1 else "", frames]
    return "\n".join(part for part in parts if part) if dumps else ""


def _register_dumps(log: Sequence[str]) -> tuple[Crash, list[list[str]]]:
    """The last crash that printed registers and stack, as RISC-V does; Xtensa has backtraces."""
    for life in reversed(lives(log)):
        crash, dumps, is_inside = Crash(), list[list[str]](), False
        for line in life:
            crash.take(line)
            if _DUMP_BEGINS.search(line):
                dumps.append([])
                is_inside = True
            if is_inside:
                dumps[-1].append(line)
            is_inside = is_inside and _DUMP_ENDS not in line
        dumps = [dump for dump in dumps if any(_STACK in line for line in dump)]
        if dumps:
            return crash, dumps
    return Crash(), []


def _backtrace_by_gdb(dump: str, elf: Path, tools: Toolchain) -> str:
    gdb = tools.path(tools.gdb)
    with tempfile.TemporaryDirectory(prefix="hil-panic-") as folder:
        file = Path(folder, "panic.txt")
        file.write_text(dump + "\n", encoding="utf-8")
        server = f'"{sys.executable}" -m esp_idf_panic_decoder --target {tools.chip} "{file}"'
        commands = ["-ex", f"target remote | {server.replace(chr(92), chr(92) * 2)}", "-ex", "bt"]
        output, _complaint = run_tool([gdb, "--batch", "-n", str(elf), *commands])
    frames = [line for line in output.splitlines() if line.startswith(("#", " "))]
    return "\n".join(frames)


def _between(log: Sequence[str], begin: str, end: str) -> list[str]:
    """The lines of the last block between the two marks; empty when it is not complete."""
    last = max((i for i, line in enumerate(log) if end in line), default=-1)
    first = max((i for i, line in enumerate(log[: max(last, 0)]) if begin in line), default=-1)
    return [line for line in log[first + 1 : last] if line.strip()] if 0 <= first < last else []
