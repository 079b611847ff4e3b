"""A panic in the log, with its addresses turned into functions and lines."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_ADDR2LINE_S = 30.0
_CONTEXT = 16  # lines before the backtrace that may belong to it

_ADDRESS = r"0x([0-9a-fA-F]{1,16})"
_BACKTRACE = re.compile(rf"Backtrace:((?:\s*{_ADDRESS}(?::{_ADDRESS})?)+)")
_PAIR = re.compile(rf"{_ADDRESS}(:{_ADDRESS})?")
_REASON = re.compile(r"(?:PANIC: |Guru Meditation Error: |abort\(\) was called|assert failed: ).*")


@dataclass(frozen=True)
class Panic:
    """reason: the line that names it, may be empty. addresses: innermost first.

    calls: whether the addresses after the first are already those of the call (Xtensa prints them
    so) or the ones it returns to.
    """

    reason: str
    addresses: tuple[int, ...]
    calls: bool

    def decode(self, elf: Path, addr2line: str) -> str:
        """The frames as text, one or more lines each, by the toolchain's `addr2line`.

        Never raises: when the tool or the image is missing, or fails, the text says so.
        """
        where = [a if i == 0 or self.calls else a - 1 for i, a in enumerate(self.addresses)]
        plain = " ".join(f"0x{address:08x}" for address in self.addresses)
        if not elf.is_file():
            return f"Not decoded, {elf} does not exist: {plain}"
        command = [addr2line, "-e", str(elf), "-f", "-i", "-p", "-C", "-a", *map(hex, where)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_ADDR2LINE_S, check=False
            )
        except FileNotFoundError:
            return f"Not decoded, {addr2line} is not installed: {plain}"
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"Not decoded, {addr2line} failed ({error}): {plain}"
        if done.returncode != 0:
            return f"Not decoded, {addr2line} failed ({done.stderr.strip()}): {plain}"
        return done.stdout.rstrip()


def find_panic(log: Sequence[str]) -> Panic | None:
    """The last panic in the log lines; None when there is no backtrace in them."""
    for index in range(len(log) - 1, -1, -1):
        match = _BACKTRACE.search(log[index])
        if match:
            pairs = _PAIR.findall(match[1])
            return Panic(
                reason=_reason(log[max(0, index - _CONTEXT) : index]),
                addresses=tuple(int(pair[0], 16) for pair in pairs),
                calls=any(pair[1] for pair in pairs),
            )
    return None


def _reason(before: Sequence[str]) -> str:
    for line in reversed(before):
        match = _REASON.search(line)
        if match:
            return match[0].strip()
    return ""
