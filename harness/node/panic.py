"""Finds panics in a log and turns their addresses into functions and lines."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.node.last_words import CRASH, lives
from harness.program_output import program_output

_ADDR2LINE_S = 30.0

_ADDRESS = r"0x([0-9a-fA-F]{1,16})"
_BACKTRACE = re.compile(rf"Backtrace:((?:\s*{_ADDRESS}(?::{_ADDRESS})?)+)(\s*\|<-CORRUPTED)?")
_PAIR = re.compile(rf"{_ADDRESS}(:{_ADDRESS})?")
_WHOSE = re.compile(r"Core +(\d+) register dump|Print CPU (\d+)(?: \(current core\))? backtrace")
_BLAMED = re.compile(r"Core +(\d+) panic'ed|was called at PC \S+ on core (\d+)")
_STARVED = re.compile(r"task_wdt: +- \S+ \(CPU (\d+)\)")
_RUNNING = re.compile(r"task_wdt: CPU (\d+): (\S+)")


@dataclass(frozen=True)
class Toolchain:
    """The programs that belong to a target's compiler.

    chip: ESP-IDF's name; empty for a target that is no chip. addr2line, gdb: what to start.
    find: where a program is; None when it is not installed.
    """

    addr2line: str
    gdb: str = ""
    chip: str = ""
    find: Callable[[str], Path | None] = lambda _name: None

    def path(self, program: str) -> str:
        """Where the program is; its bare name when it is not installed."""
        return str(self.find(program) or program)


@dataclass(frozen=True)
class Panic:
    """reason: the line that names it, may be empty. addresses: innermost first.

    calls: whether the addresses after the first are already those of the call (Xtensa prints them
    so) or the ones it returns to. core: whose backtrace it is, as a heading; may be empty.
    is_corrupted: the stack was damaged where it ends.
    """

    reason: str
    addresses: tuple[int, ...]
    calls: bool
    core: str = ""
    is_corrupted: bool = False

    def decode(self, elf: Path, addr2line: str) -> str:
        """The frames as text, by the toolchain's `addr2line`.

        Never raises: when the tool or the image is missing, or fails, the text says so.
        """
        remark = "\n|<-CORRUPTED: the stack is damaged there" if self.is_corrupted else ""
        return self._frames(elf, addr2line) + remark

    def _frames(self, elf: Path, addr2line: str) -> str:
        where = [a if i == 0 or self.calls else a - 1 for i, a in enumerate(self.addresses)]
        plain = " ".join(f"0x{address:08x}" for address in self.addresses)
        if not elf.is_file():
            return f"Not decoded, {elf} does not exist: {plain}"
        command = [addr2line, "-e", str(elf), "-f", "-i", "-p", "-C", "-a", *map(hex, where)]
        try:
            done = program_output(command, timeout=_ADDR2LINE_S, errors_apart=True)
        except FileNotFoundError:
            return f"Not decoded, {addr2line} is not installed: {plain}"
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"Not decoded, {addr2line} failed ({error}): {plain}"
        if done.returncode != 0:
            return f"Not decoded, {addr2line} failed ({done.stderr.strip()}): {plain}"
        return done.stdout.rstrip()


@dataclass
class Crash:
    """One crash, as the node printed it.

    reason: the lines that name it, may be empty. blamed: the cores that panicked or starved their
    watchdog. running: the task that each core ran, where a watchdog says so.
    """

    reasons: list[str] = field(default_factory=list)
    blamed: set[int] = field(default_factory=set)
    running: dict[int, str] = field(default_factory=dict)
    backtraces: list[tuple[int | None, re.Match[str]]] = field(default_factory=list)

    @property
    def reason(self) -> str:
        return "\n".join(dict.fromkeys(self.reasons))

    def heading(self, core: int | None) -> str:
        """The heading for the backtrace or the registers of a core."""
        if core is None:
            return ""
        did = ", which is to blame" if core in self.blamed else ""
        task = f", running {self.running[core]}" if core in self.running else ""
        return f"Core {core}{did}{task}:"

    def take(self, line: str) -> None:
        """Takes from a line what it says about the whole crash."""
        if match := CRASH.search(line):
            self.reasons.append(match[0].strip())
        for match in _BLAMED.finditer(line):
            self.blamed.add(int(match[1] or match[2]))
        if match := _STARVED.search(line):
            self.blamed.add(int(match[1]))
        if match := _RUNNING.search(line):
            self.running[int(match[1])] = match[2]


def core_of(line: str) -> int | None:
    """The core that the next lines belong to, where the line says so."""
    match = _WHOSE.search(line)
    return int(match[1] or match[2]) if match else None


def find_panics(log: Sequence[str]) -> list[Panic]:
    """The backtraces of the last crash in a log; first those of the core that caused it."""
    crash = next((c for c in reversed(list(_crashes(log))) if c.backtraces), None)
    if crash is None:
        return []
    printed = sorted(crash.backtraces, key=lambda backtrace: backtrace[0] not in crash.blamed)
    panics = []
    for core, match in printed:
        pairs = _PAIR.findall(match[1])
        panics.append(
            Panic(
                reason=crash.reason,
                addresses=tuple(int(pair[0], 16) for pair in pairs),
                calls=any(pair[1] for pair in pairs),
                core=crash.heading(core) if len(printed) > 1 else "",
                is_corrupted="|<-CORRUPTED" in match[0],
            )
        )
    return panics


def _crashes(log: Sequence[str]) -> Iterator[Crash]:
    """Each crash of each life. A reason that follows a backtrace begins the next one."""
    for life in lives(log):
        crash, core = Crash(), None
        for line in life:
            if CRASH.search(line) and crash.backtraces:
                yield crash
                crash = Crash()
            crash.take(line)
            if (whose := core_of(line)) is not None:
                core = whose
            if match := _BACKTRACE.search(line):
                crash.backtraces.append((core, match))
                core = None
        yield crash
