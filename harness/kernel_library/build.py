"""Builds the library."""

from __future__ import annotations

import sys
from pathlib import Path

from filelock import FileLock

from harness.build.requirement import find_program
from harness.errors import BenchError
from harness.kernel_library.binding import KernelLibrary
from harness.program_output import program_output
from harness.target import project_root

_SOURCE = Path("firmware") / "host_library"


def open_library(build_dir: Path | None = None) -> KernelLibrary:
    """The library, built when something of it has changed.

    Raises:
        BenchError: it cannot be built here.
    """
    if not sys.platform.startswith("linux"):
        raise BenchError(f"The kernel library is built on Linux, and this is {sys.platform}.")
    root = project_root()
    folder = build_dir or root / "build" / "kernel-library"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        _run("cmake", "-S", str(root / _SOURCE), "-B", str(folder), "-G", "Ninja")
        _run("ninja", "-C", str(folder))
    return KernelLibrary(folder / "libruv_temporal_host.so")


def _run(name: str, *arguments: str) -> None:
    program = find_program(name)
    if program is None:
        raise BenchError(f"{name} was not found, and the kernel library is built with it.")
    done = program_output([str(program), *arguments])
    if done.returncode:
        raise BenchError(f"The kernel library did not build:\n{done.stdout.strip()}")
