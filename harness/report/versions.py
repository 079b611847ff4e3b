"""Versions of everything that had a hand in a result."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.build.requirement import Requirement

_PACKAGES = ("numpy", "construct", "pytest", "pytest-embedded", "pyserial", "pytest-xdist")


def host_versions() -> dict[str, str]:
    """The host's system, Python and the packages that matter."""
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
    """The version of every program among `requirements` that tells one."""
    wanted = list(requirements)
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = pool.map(Requirement.version, wanted)
    return {need.name: version for need, version in zip(wanted, found, strict=True) if version}


def source_version(root: Path) -> str:
    """The checkout's commit, with `-dirty` when it was changed; empty outside a checkout."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--tags"],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def all_versions(root: Path, requirements: Iterable[Requirement]) -> Mapping[str, str]:
    """Project, host and tools."""
    return {
        "project": source_version(root),
        **host_versions(),
        **tool_versions(requirements),
    }
