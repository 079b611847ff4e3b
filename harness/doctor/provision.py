"""Installs missing Debian packages where that needs no password, else says what to type."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence

from harness.build.requirement import Requirement
from harness.errors import ToolMissing
from harness.program_output import program_output

Say = Callable[[str], None]


def supply(requirements: Iterable[Requirement], needed_for: str, say: Say) -> None:
    """Installs what is missing with apt-get, as root or by a sudo that asks for no password.

    Raises: ToolMissing with the one line to type, when that is not possible or did not help.
    """
    wanted = list(requirements)
    missing = [need for need in wanted if need.find() is None]
    if not missing:
        return
    packages = sorted({need.debian for need in missing if need.debian})
    if packages and (as_root := _root_prefix()) is not None:
        say(f"installing {' '.join(packages)}")
        _apt_install(as_root, packages)
        missing = [need for need in wanted if need.find() is None]
    if missing:
        names = ", ".join(need.name for need in missing)
        raise ToolMissing(names, needed_for, remedy(missing))


def remedy(missing: Sequence[Requirement]) -> str:
    """What to type to supply all of `missing`."""
    packages = sorted({need.debian for need in missing if need.debian})
    others = [need.remedy for need in missing if not need.debian]
    typed = [f"Type: sudo apt-get install {' '.join(packages)}"] if packages else []
    return " ".join([*typed, *others])


def _root_prefix() -> list[str] | None:
    """What to put before a command to run it as root; None where that is not possible."""
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid"):
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _succeeds(["sudo", "-n", "true"]):
        return ["sudo", "-n"]
    return None


def _apt_install(as_root: Sequence[str], packages: Sequence[str]) -> None:
    apt_get = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    options = ["-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
    install = [*apt_get, "install", *options, *packages]
    if not _succeeds(install):
        # A fresh machine has no package lists yet.
        _succeeds([*as_root, "apt-get", "update", "-q"])
        _succeeds(install)


def _succeeds(command: Sequence[str]) -> bool:
    return program_output(command).returncode == 0
