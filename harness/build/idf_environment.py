"""Finds ESP-IDF and the environment variables for its tools."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.program_output import program_output

_EXPORT_S = 60.0
_VERSION = re.compile(r"^set\(IDF_VERSION_(MAJOR|MINOR|PATCH) (\d+)\)", re.MULTILINE)

_RELEASES = ("5.4", "5.5")  # that the project is built with
_WANTED = f"an ESP-IDF v{' or v'.join(_RELEASES)}"


@dataclass(frozen=True)
class IdfEnvironment:
    """An ESP-IDF: its folder, the Python its tools run in, and their environment variables."""

    path: Path
    python: Path
    variables: Mapping[str, str]

    def idf_py(self, *arguments: str) -> list[str]:
        """The command line of idf.py."""
        return [str(self.python), str(self.path / "tools" / "idf.py"), *arguments]

    def find(self, program: str) -> Path | None:
        """A program of ESP-IDF's tools."""
        found = shutil.which(program, path=self.variables.get("PATH"))
        return Path(found) if found else None

    @property
    def version(self) -> str:
        """5.5.3"""
        return idf_version(self.path)


def idf_path() -> Path | None:
    """The folder that IDF_PATH names, if it holds an ESP-IDF of a supported release."""
    named = os.environ.get("IDF_PATH", "")
    path = Path(named)
    return path if named and _holds_idf(path) and _will_do(path) else None


def idf_advice() -> str:
    """What to do where `idf_path` finds none. Quotes IDF_PATH."""
    named = os.environ.get("IDF_PATH", "")
    path = Path(named)
    if not named:
        return f"Install {_WANTED} and set IDF_PATH to its folder."
    if not path.is_dir():
        return f"IDF_PATH is {named}, which is no folder: set it to that of {_WANTED}."
    if not _holds_idf(path):
        return f"IDF_PATH is {named}, which holds no ESP-IDF: set it to the folder of {_WANTED}."
    return (
        f"IDF_PATH is {named}, which holds ESP-IDF v{idf_version(path)}: "
        f"set it to the folder of {_WANTED}."
    )


def _holds_idf(path: Path) -> bool:
    return (path / "tools" / "idf.py").is_file()


def _will_do(path: Path) -> bool:
    """Whether the release is supported. One without a version is tried."""
    version = idf_version(path)
    return not version or ".".join(version.split(".")[:2]) in _RELEASES


def idf_version(path: Path) -> str:
    """The version of the ESP-IDF in that folder; empty when it cannot be told."""
    try:
        text = (path / "tools" / "cmake" / "version.cmake").read_text(encoding="utf-8")
    except OSError:
        return ""
    numbers = dict(_VERSION.findall(text))
    return ".".join(numbers[part] for part in ("MAJOR", "MINOR", "PATCH") if part in numbers)


def idf_environment() -> IdfEnvironment | None:
    """The ESP-IDF of this machine; None without IDF_PATH, or when its Python is not installed.

    Where export.sh was sourced, the variables are taken as they are. Where only IDF_PATH is set,
    ESP-IDF's idf_tools.py says what export.sh would set.
    """
    path = idf_path()
    if path is None:
        return None
    active = os.environ.get("IDF_PYTHON_ENV_PATH", "")
    return _environment(path, active, os.environ.get("PATH", ""))


@functools.lru_cache(maxsize=4)
def _environment(path: Path, active: str, search: str) -> IdfEnvironment | None:
    variables = {**os.environ, "IDF_PATH": str(path), "PATH": search}
    if not active:
        variables |= _exported(path, variables)
        active = variables.get("IDF_PYTHON_ENV_PATH", "")
    for python in _pythons(path, active, variables):
        if _has_kconfig(python):
            return IdfEnvironment(path, python, variables)
    return None


def _exported(path: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that export.sh would set; empty when tools are missing."""
    tool = path / "tools" / "idf_tools.py"
    try:
        command = [sys.executable, str(tool), "export", "--format", "key-value"]
        done = program_output(command, timeout=_EXPORT_S, env=variables, errors_apart=True)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    exported = {}
    for line in done.stdout.splitlines():
        key, equals, value = line.partition("=")
        if equals and key.isidentifier():
            value = value.replace("$PATH", variables["PATH"]).replace("%PATH%", variables["PATH"])
            exported[key] = value
    return exported


def _pythons(path: Path, active: str, variables: Mapping[str, str]) -> Iterator[Path]:
    """The Pythons that may have ESP-IDF's packages; first that of its own environment."""
    folder, name = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    if active:
        yield Path(active) / folder / name
    tools = Path(variables.get("IDF_TOOLS_PATH") or Path.home() / ".espressif")
    release = ".".join(idf_version(path).split(".")[:2])
    for environment in sorted(tools.glob(f"python_env/idf{release}_*"), reverse=True):
        yield environment / folder / name
    for candidate in ("python3", "python"):
        if found := shutil.which(candidate, path=variables.get("PATH")):
            yield Path(found)
    yield Path(sys.executable)


def _has_kconfig(python: Path) -> bool:
    """Whether this Python has ESP-IDF's packages."""
    if not python.is_file():
        return False
    command = [str(python), "-c", "import click, kconfgen"]
    try:
        done = program_output(command, timeout=_EXPORT_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
