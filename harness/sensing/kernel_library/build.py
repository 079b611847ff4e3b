"""Builds the libraries: the head's kernel and the edge features, for this machine."""

from __future__ import annotations

import sys
from pathlib import Path

from filelock import FileLock

from harness.build.requirement import find_program
from harness.errors import BenchError
from harness.program_output import program_output
from harness.sensing.kernel_library.binding import KernelLibrary
from harness.target import project_root


def open_library(build_dir: Path | None = None) -> KernelLibrary:
    """The kernel's library, built when something of it has changed.

    Raises:
        BenchError: it cannot be built here.
    """
    return KernelLibrary(build_libraries(build_dir) / "libruv_temporal_host.so")


def build_libraries(build_dir: Path | None = None, firmware: Path | None = None) -> Path:
    """The folder with both libraries, built when something of them has changed.

    firmware: sources other than the project's; they bring a build folder of their own.

    Raises:
        BenchError: they cannot be built here.
    """
    if not sys.platform.startswith("linux"):
        raise BenchError(f"The host libraries are built on Linux, and this is {sys.platform}.")
    source = (firmware or project_root() / "firmware") / "host_library"
    folder = build_dir or (firmware or project_root()) / "build" / "kernel-library"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        if not _is_configured(folder, source):
            _run("cmake", "-S", str(source), "-B", str(folder), "-G", "Ninja")
        _run("ninja", "-C", str(folder))
    return folder


def _is_configured(folder: Path, source: Path) -> bool:
    """Whether CMake has seen these sources; when they change, Ninja runs it."""
    cache = folder / "CMakeCache.txt"
    seen = f"CMAKE_HOME_DIRECTORY:INTERNAL={source}\n"
    return (folder / "build.ninja").is_file() and seen in cache.read_text(encoding="utf-8")


def _run(name: str, *arguments: str) -> None:
    program = find_program(name)
    if program is None:
        raise BenchError(f"{name} was not found, and the host libraries are built with it.")
    done = program_output([str(program), *arguments])
    if done.returncode:
        raise BenchError(f"The host libraries did not build:\n{done.stdout.strip()}")
