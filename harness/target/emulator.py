"""Chips in an emulator: Espressif's QEMU or esp-emu, whichever is installed and knows the chip."""

from __future__ import annotations

import functools
import importlib.util
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.build import Firmware
from harness.build.idf import IdfRecipe
from harness.build.requirement import Requirement
from harness.program_output import program_output
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
    """The chip in Espressif's QEMU, or in esp-emu where only that knows the chip.

    Where neither does, the target is the one in QEMU, whose requirements say what is missing.
    """
    qemu = qemu_for(chip)
    return _in_esp_emu(chip) if qemu is None and esp_emu_for(chip) else _in_qemu(chip)


def qemu_for(chip: str) -> Path | None:
    """The QEMU that has a machine of the chip's name; None without one."""
    program = find_idf_program(_qemu_name(chip))
    return program if program is not None and chip in _machines(program) else None


def esp_emu_for(chip: str) -> Path | None:
    """esp-emu, where it and pytest-embedded's service for it are installed and know the chip."""
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
        done = program_output([str(program), "-machine", "help"], timeout=_LIST_S)
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset(line.split()[0] for line in done.stdout.splitlines() if line.strip())


def _in_qemu(chip: str) -> Target:
    from_package = f"Type: python {Path('$IDF_PATH', 'tools', 'idf_tools.py')} install"
    advice = f"{from_package} {_qemu_package(chip)} (or name a board with --port)"

    def configure_embedded(options: EmbeddedOptions, firmware: Firmware) -> None:
        from harness.device.qemu import EspQemu

        _use_emulator("qemu", EspQemu, chip, qemu_for(chip), options, firmware)

    return Target(
        summary="the ESP-IDF project in Espressif's QEMU",
        capabilities=idf_capabilities("network", "power-cut"),
        recipe=IdfRecipe(
            chip, ("sdkconfig.hil", "sdkconfig.qemu"), ("sdkconfig.agent", "sdkconfig.qemu")
        ),
        configure_embedded=configure_embedded,
        **_of_every_emulator(chip, "qemu", lambda: qemu_for(chip), advice),
    )


def _in_esp_emu(chip: str) -> Target:
    def configure_embedded(options: EmbeddedOptions, firmware: Firmware) -> None:
        from harness.device.esp_emu import EspEmuProcess

        _use_emulator("espemu", EspEmuProcess, chip, esp_emu_for(chip), options, firmware)

    return Target(
        summary="the ESP-IDF project in esp-emu",
        capabilities=idf_capabilities("power-cut"),
        recipe=IdfRecipe(chip),
        configure_embedded=configure_embedded,
        **_of_every_emulator(chip, "espemu", lambda: esp_emu_for(chip), ""),
    )


def _of_every_emulator(
    chip: str, service: str, find: Callable[[], Path | None], advice: str
) -> dict[str, Any]:
    """The fields of a Target in which the emulators do not differ."""
    emulator = Requirement(f"an emulator of {chip}", find, advice=advice)
    return {
        "name": chip,
        "requirements": (*idf_requirements(chip), emulator),
        "embedded_services": f"idf,{service}",
        "addr2line": f"{toolchain_prefix(chip)}addr2line",
        "find_tool": find_idf_program,
        "place": service,
    }


def _use_emulator(
    service: str,
    device: type,
    chip: str,
    program: Path | None,
    options: EmbeddedOptions,
    firmware: Firmware,
) -> None:
    """pytest-embedded's options for an emulator begin with the name of its service."""
    from harness.device.flash_image import make_flash_image

    image = {f"{service}_image_path": str(make_flash_image(firmware.build_dir, chip))}
    program_path = f"{service}_prog_path"
    chosen = {program_path: options.arguments(service)[program_path] or str(program)}
    options.replace(service, device, chip=chip, **image, **chosen)
    options.arguments("app").update(image, skip_regenerate_image=True)


def _qemu_package(chip: str) -> str:
    return "qemu-xtensa" if chip in _XTENSA else "qemu-riscv32"
