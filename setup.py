"""What pyproject.toml cannot say: the wheel has the C that every firmware is built on, as data."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

FIRMWARE = Path("firmware")
COMPONENTS = (
    "crc32",
    "wire_struct",
    "machine",
    "hil_agent",
    "hil_agent_main",
    "port_idf",
    "port_idf_main",
)
PORTS = ("cmake", "common", "host", "qemu", "shim")


def every_firmware_s_files() -> Iterator[Path]:
    """Agent, machine and ports, without the sensing node."""
    folders = [FIRMWARE / "components" / name for name in COMPONENTS]
    folders += [FIRMWARE / "ports" / name for name in PORTS]
    for folder in folders:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())
    yield from (path for path in sorted((FIRMWARE / "ports").iterdir()) if path.is_file())
    yield from (FIRMWARE / f"sdkconfig.{name}" for name in ("agent", "qemu", "qemu.esp32s3"))


class BuildWithFirmware(build_py):
    """Puts them into the package `harness`; an editable installation finds them where they are."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for path in every_firmware_s_files():
                target = Path(self.build_lib) / "harness" / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)


setup(cmdclass={"build_py": BuildWithFirmware})
