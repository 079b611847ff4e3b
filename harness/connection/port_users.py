"""Finds the program that has a port of this machine open (Linux only)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_WORDS = 3  # of the command line, enough to recognise a program


def lock_holder(port: str) -> str:
    """The program that has locked the port, as "NAME (process 123)"; empty when it is unknown."""
    status = _device(port)
    if status is None:
        return ""
    major, minor = os.major(status.st_dev), os.minor(status.st_dev)
    where = f"{major:02x}:{minor:02x}:{status.st_ino}"
    for line in _lines(_PROC / "locks"):
        words = line.split()
        if len(words) > 5 and words[1] == "FLOCK" and words[5] == where:
            return _called(words[4])
    return ""


def other_user(port: str) -> str:
    """Another program that has the port open, locked or not; empty when there is none known.

    For a pseudo-terminal always empty: the program that made it holds it open and is not a user.
    """
    status = _device(port)
    if status is None or _is_pseudo_terminal(port):
        return ""
    for process in _processes():
        for handle in _handles(process):
            try:
                found = handle.stat()
            except OSError:
                continue
            if stat.S_ISCHR(found.st_mode) and found.st_rdev == status.st_rdev:
                return _called(process.name)
    return ""


def _device(port: str) -> os.stat_result | None:
    try:
        status = Path(port).stat()
    except (OSError, ValueError):
        return None
    return status if stat.S_ISCHR(status.st_mode) and _PROC.is_dir() else None


def _is_pseudo_terminal(port: str) -> bool:
    return os.path.realpath(port).startswith("/dev/pts/")


def _processes() -> Iterator[Path]:
    """All processes but this one and its children, which may have inherited open files."""
    ours = str(os.getpid())
    for process in _PROC.iterdir():
        if not process.name.isdigit() or process.name == ours:
            continue
        parents = [line.split()[1] for line in _lines(process / "status") if "PPid:" in line]
        if parents != [ours]:
            yield process


def _handles(process: Path) -> list[Path]:
    try:
        return list((process / "fd").iterdir())
    except OSError:
        return []  # a process of another user, or one that has ended meanwhile


def _called(process: str) -> str:
    try:
        words = (_PROC / process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return ""
    name = " ".join([Path(words[0]).name, *words[1:_WORDS]]).strip()
    return f"{name or 'a program'} (process {process})"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
