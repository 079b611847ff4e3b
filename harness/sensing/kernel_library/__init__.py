"""The firmware's kernel as a shared library of this machine, and its functions in Python."""

from harness.sensing.kernel_library.binding import KernelLibrary
from harness.sensing.kernel_library.build import open_library

__all__ = ["KernelLibrary", "open_library"]
