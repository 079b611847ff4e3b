"""The versions of project, machine and tools, for the report."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.build.requirement import Requirement
from harness.program_output import program_output

_PACKAGES = ("numpy", "construct", "pytest", "pytest-embedded", "pyserial", "pytest-xdist")


def host_versions() -> dict[str, str]:
    """This machine's system and Python, and packages that influence a result."""
    versions = {
        "system": platform.platform(),
        "machine": platform.machine(),
        "Python": platform.python_version(),
    }
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def tool_versions(requirements: Iterable[Requirement]) -> dict[str, str]:
    """The version of every program among `requirements` that prints one."""
    wanted = list(requirements)
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = pool.map(Requirement.version, wanted)
    return {need.name: version for need, version in zip(wanted, found, strict=True) if version}


def source_version(root: Path) -> str:
    """The commit of the checkout, with `-dirty` if files are changed; empty outside a checkout."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--tags"]
    try:
        done = program_output(command, timeout=10, errors_apart=True)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def all_versions(root: Path, requirements: Iterable[Requirement]) -> Mapping[str, str]:
    """The versions of project, machine and tools."""
    return {
        "project": source_version(root),
        **host_versions(),
        **tool_versions(requirements),
    }
