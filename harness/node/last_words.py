"""Finds the lines that a node logged before it restarted among those that it logged since.

A chip's boot ROM, bootloader and start-up code print some 50 lines, so the last lines of a log do
not show the panic before them. The lines from one start to the next are one life of the node.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_CONTEXT = 5  # lines before a crash that may tell what led to it
_CRASH_LINES = 250  # of one crash at most: two cores with registers and stack
_SINCE = 10  # lines that are shown of what came after

# In the order in which a start prints them; another system's may begin with any of them.
_START = (
    re.compile(r"ESP-ROM:esp32|\bets Ju[nl] +\d+ 20\d\d "),
    re.compile(r"\brst:0x[0-9a-fA-F]+ \([A-Z0-9_]+\)"),
    re.compile(r"\bboot: ESP-IDF .*bootloader"),
)
_END = re.compile(r"^\s*(?:\[node \d+\] )?Rebooting(?:\.\.\.)?\s*$")
CRASH = re.compile(
    r"(?:PANIC: |Guru Meditation Error: |abort\(\) was called|assert failed: "
    r"|\*\*\*ERROR\*\*\* |Debug exception reason: |CORRUPT HEAP: |Stack smashing protect failure"
    r"|Task watchdog got triggered|Brownout detector was triggered).*"
)
_NUMBERS = re.compile(r"(?:\b[A-Z][A-Z0-9]* *: 0x[0-9a-fA-F]{8}\s*){2,}|^[0-9a-f]{8}: 0x")


def lives(lines: Sequence[str]) -> list[list[str]]:
    """Splits a log at each start. The first life are the lines before the first start."""
    found: list[list[str]] = [[]]
    stage = len(_START)  # how far the present life's start has come
    for line in lines:
        now = next((i for i, mark in enumerate(_START) if mark.search(line)), None)
        if now is not None and now < stage and found[-1]:
            found.append([])
        if now is not None:
            stage = now + 1
        found[-1].append(line)
        if _END.match(line):
            found.append([])
            stage = 0
    return found if found[-1] else found[:-1] or [[]]


def last_words(lines: Sequence[str], most: int, *, restarted: bool = False) -> list[str]:
    """At most `most` lines that say most about what happened to a node.

    They are those of the first crash; without a crash the last lines before the first start where
    the node has restarted, else the last lines of all.
    """
    all_lives = lives(lines)
    for life in all_lives:
        if _crash_in(life) is not None:
            return _of_crash(life, most)
    is_end = restarted and len(all_lives) > 1 and bool(all_lives[0])
    return list(all_lives[0][-most:] if is_end else lines[-most:])


def around_crash(lines: Sequence[str], most: int) -> list[str]:
    """The lines of the last crash in `lines`, and a few of the lines after it."""
    all_lives = lives(lines)
    for index in range(len(all_lives) - 1, -1, -1):
        if _crash_in(all_lives[index]) is None:
            continue
        since = [line for life in all_lives[index + 1 :] for line in life]
        shown = since[-_SINCE:]
        said = f"(restarted; of the {len(since)} lines since then the last {len(shown)}:)"
        return [*_of_crash(all_lives[index], most), *([said, *shown] if since else [])]
    return list(lines[-most:])


def endings(lines: Sequence[str]) -> list[str]:
    """How each life but the last has ended: its crash in one line, else its last line."""
    said = []
    for life in lives(lines)[:-1]:
        crash = _crash_in(life)
        words = [line.strip() for line in life if line.strip()]
        if crash is not None and (match := CRASH.search(life[crash])):
            said.append(match[0].strip())
        elif words:
            said.append(words[-1])
    return said


def _crash_in(life: Sequence[str]) -> int | None:
    """The index of the line with which the last crash begins."""
    begin = max(0, len(life) - _CRASH_LINES)
    return next((i for i in range(begin, len(life)) if CRASH.search(life[i])), None)


def _of_crash(life: Sequence[str], most: int) -> list[str]:
    crash = _crash_in(life) or 0
    words = [line for line in life[max(0, crash - _CONTEXT) :] if line.strip()]
    if len(words) > most:
        words = [line for line in words if not _NUMBERS.search(line)]
    if len(words) > most:
        words = [*words[: most // 2], "…", *words[len(words) - most + most // 2 + 1 :]]
    return words
