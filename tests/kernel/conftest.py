"""The kernel's library for the tests here."""

from __future__ import annotations

import ctypes
import shutil
from pathlib import Path

import pytest

from harness.sensing.kernel_library import KernelLibrary, build_libraries
from harness.target import project_root

_NAME = "libruv_temporal_host.so"


@pytest.fixture(scope="session")
def kernel_file(firmware: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: of a library that has changed under its name, a process goes on using the old one."""
    own = firmware == project_root() / "firmware"
    built = build_libraries(firmware=None if own else firmware) / _NAME
    return Path(shutil.copy(built, tmp_path_factory.mktemp("kernel") / _NAME))


@pytest.fixture(scope="session")
def library(kernel_file: Path) -> KernelLibrary:
    """The kernel for numpy arrays."""
    return KernelLibrary(kernel_file)


@pytest.fixture(scope="session")
def functions(kernel_file: Path) -> ctypes.CDLL:
    """The kernel's functions, those between its files too."""
    return ctypes.CDLL(str(kernel_file))
