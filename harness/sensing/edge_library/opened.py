"""Opens the library."""

from __future__ import annotations

from pathlib import Path

from harness.sensing.edge_library.binding import EdgeLibrary
from harness.sensing.kernel_library.build import build_libraries


def open_edge_library(build_dir: Path | None = None) -> EdgeLibrary:
    """The library, built when something of it has changed.

    Raises:
        BenchError: it cannot be built here.
    """
    return EdgeLibrary(build_libraries(build_dir) / "libedge_host.so")
