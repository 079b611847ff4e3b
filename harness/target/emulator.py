"""The chips in an emulator: Espressif's QEMU, or esp-emu, whichever is installed and knows it."""

from __future__ import annotations

import functools
import importlib.util
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from harness.build import Firmware
from harness.build.idf import IdfRecipe
from harness.build.requirement import Requirement
from harness.target.esp_idf import (
    find_idf_program,
    idf_capabilities,
    idf_requirements,
    toolchain_prefix,
)
from harness.target.target import Target

if TYPE_CHECKING:
    from harness.embedded_internals import EmbeddedOptions

_LIST_S = 30.0
_XTENSA = ("esp32", "esp32s3")
_ESP_EMU = "esp-emu"


def in_emulator(chip: str) -> Target:
    """The chip in Espressif's QEMU when that knows it, else in esp-emu when that does.

    Without either the target is the one in QEMU, and its requirements say what is missing.
    """
    qemu = qemu_for(chip)
    return _in_esp_emu(chip) if qemu is None and esp_emu_for(chip) else _in_qemu(chip)


def qemu_for(chip: str) -> Path | None:
    """A QEMU that has a machine of the chip's name."""
    program = find_idf_program(_qemu_name(chip))
    return program if program is not None and chip in _machines(program) else None


def esp_emu_for(chip: str) -> Path | None:
    """esp-emu, when it and its service of pytest-embedded are installed and know the chip."""
    program = find_idf_program(_ESP_EMU)
    if program is None or importlib.util.find_spec("pytest_embedded_espemu") is None:
        return None
    from pytest_embedded_espemu import EspEmu

    return program if chip in EspEmu.SUPPORTED_TARGETS else None


def _qemu_name(chip: str) -> str:
    return "qemu-system-xtensa" if chip in _XTENSA else "qemu-system-riscv32"


@functools.lru_cache(maxsize=8)
def _machines(program: Path) -> frozenset[str]:
    """The names of the machines that a QEMU emulates."""
    try:
        done = subprocess.run(
            [str(program), "-machine", "help"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=_LIST_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset(line.split()[0] for line in done.stdout.splitlines() if line.strip())


def _in_qemu(chip: str) -> Target:
    def configure_embedded(options: EmbeddedOptions, firmware: Firmware) -> None:
        from harness.device.esp_qemu import EspQemu
        from harness.device.flash_image import make_flash_image

        image = str(make_flash_image(firmware.build_dir, chip))
        program = options.arguments("qemu")["qemu_prog_path"] or str(qemu_for(chip))
        options.replace(
            "qemu", EspQemu, qemu_image_path=image, machine=chip, qemu_prog_path=program
        )
        options.arguments("app").update(qemu_image_path=image, skip_regenerate_image=True)

    return Target(
        name=chip,
        summary="the ESP-IDF project in Espressif's QEMU",
        capabilities=idf_capabilities("network", "power-cut"),
        requirements=(
            *idf_requirements(chip),
            Requirement(
                f"an emulator of {chip}",
                lambda: qemu_for(chip),
                advice=f"Type: python {_idf_tools()} install {_qemu_package(chip)}"
                f" (or name a board with --port)",
            ),
        ),
        embedded_services="idf,qemu",
        recipe=IdfRecipe(
            chip, ("sdkconfig.hil", "sdkconfig.qemu"), ("sdkconfig.agent", "sdkconfig.qemu")
        ),
        configure_embedded=configure_embedded,
        addr2line=f"{toolchain_prefix(chip)}addr2line",
        find_tool=find_idf_program,
        place="qemu",
    )


def _in_esp_emu(chip: str) -> Target:
    def configure_embedded(options: EmbeddedOptions, firmware: Firmware) -> None:
        from harness.device.esp_emu import EspEmuProcess
        from harness.device.flash_image import make_flash_image

        image = str(make_flash_image(firmware.build_dir, chip))
        program = options.arguments("espemu")["espemu_prog_path"] or str(esp_emu_for(chip))
        options.replace(
            "espemu", EspEmuProcess, espemu_image_path=image, chip=chip, espemu_prog_path=program
        )
        options.arguments("app").update(espemu_image_path=image, skip_regenerate_image=True)

    return Target(
        name=chip,
        summary="the ESP-IDF project in esp-emu",
        capabilities=idf_capabilities("power-cut"),
        requirements=(
            *idf_requirements(chip),
            Requirement(f"an emulator of {chip}", lambda: esp_emu_for(chip)),
        ),
        embedded_services="idf,espemu",
        recipe=IdfRecipe(chip),
        configure_embedded=configure_embedded,
        addr2line=f"{toolchain_prefix(chip)}addr2line",
        find_tool=find_idf_program,
        place="espemu",
    )


def _idf_tools() -> str:
    return str(Path("$IDF_PATH", "tools", "idf_tools.py"))


def _qemu_package(chip: str) -> str:
    return "qemu-xtensa" if chip in _XTENSA else "qemu-riscv32"
