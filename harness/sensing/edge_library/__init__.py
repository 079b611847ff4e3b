"""The firmware's edge features as a shared library of this machine, over whole recordings."""

from harness.sensing.edge_library.binding import EdgeLibrary, EdgeSession
from harness.sensing.edge_library.opened import open_edge_library

__all__ = ["EdgeLibrary", "EdgeSession", "open_edge_library"]
