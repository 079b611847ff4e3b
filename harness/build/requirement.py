"""Programs and files that a target needs on this machine, and what supplies them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ToolMissing
from harness.program_output import program_output


def find_program(name: str) -> Path | None:
    """Finds a program, first in this Python environment, then on PATH."""
    search = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    found = shutil.which(name, path=search)
    return Path(found) if found else None


@dataclass(frozen=True)
class Requirement:
    """Something that must be installed: its name, how it is found, what supplies it."""

    name: str
    locate: Callable[[], Path | None]
    debian: str = ""  # the Debian and Ubuntu package
    pypi: str = ""  # the PyPI package
    # a sentence where no package supplies it; a function where it depends on what is installed
    advice: str | Callable[[], str] = ""
    brings_others: bool = False  # it supplies or selects the requirements that are listed after it
    # reads the version where what was found is not a program that prints it
    read_version: Callable[[Path], str] | None = None

    def find(self) -> Path | None:
        return self.locate()

    @property
    def remedy(self) -> str:
        """One sentence that says what to type."""
        if self.debian:
            return f"Type: sudo apt-get install {self.debian}"
        if self.pypi:
            return f"Type: {Path(sys.executable).name} -m pip install '{self.pypi}'"
        return self.advice() if callable(self.advice) else self.advice

    def version(self) -> str:
        """The version the program prints of itself; empty when it is missing or prints none."""
        path = self.find()
        if path is not None and self.read_version is not None:
            return self.read_version(path)
        if path is None or not os.access(path, os.X_OK):
            return ""
        return program_version(path)


def program(name: str, *, debian: str = "", pypi: str = "", advice: str = "") -> Requirement:
    """The requirement that program `name` can be started."""
    return Requirement(name, lambda: find_program(name), debian=debian, pypi=pypi, advice=advice)


def program_version(path: Path) -> str:
    """The first thing that looks like a version in what `path --version` prints, else empty."""
    try:
        done = program_output([str(path), "--version"], timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"\d+\.\d+(\.\d+)?", done.stdout)
    return match.group() if match else ""


def first_missing(requirements: Iterable[Requirement]) -> list[Requirement]:
    """What is missing, up to the first that brings the others with it."""
    missing = []
    for requirement in requirements:
        if requirement.find() is None:
            missing.append(requirement)
            if requirement.brings_others:
                break
    return missing


def require(requirements: Iterable[Requirement], needed_for: str) -> None:
    """Raises ToolMissing for the first that is not there. `needed_for`: "to build for qemu"."""
    for requirement in requirements:
        if requirement.find() is None:
            raise ToolMissing(requirement.name, needed_for, requirement.remedy)
