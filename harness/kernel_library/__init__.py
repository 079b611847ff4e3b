"""The firmware's kernel as a shared library of this machine, and its functions in Python."""

from harness.kernel_library.binding import KernelLibrary
from harness.kernel_library.build import open_library

__all__ = ["KernelLibrary", "open_library"]
