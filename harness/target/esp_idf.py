"""The targets that run the ESP-IDF project: ESP-IDF's host target, boards, emulated chips."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.build import Firmware
from harness.build.idf import IdfRecipe
from harness.build.idf_environment import (
    idf_advice,
    idf_environment,
    idf_path,
    idf_version,
)
from harness.build.requirement import Requirement, find_program, program
from harness.target.target import Capability, Target

if TYPE_CHECKING:
    from harness.embedded_internals import EmbeddedOptions

_RISCV_CHIPS = ("esp32c3", "esp32c6", "esp32p4")
CHIPS = ("esp32", "esp32s3", *_RISCV_CHIPS)


def idf_capabilities(*names: str) -> frozenset[Capability]:
    """`names`, and the capabilities that the ESP-IDF project has wherever it runs."""
    everywhere = ("flash", "nvs", "stepped-clock", "watchdog")
    return frozenset(Capability(name) for name in (*everywhere, *names))


def _python() -> Path | None:
    environment = idf_environment()
    return environment.python if environment else None


_IDF = Requirement(
    "ESP-IDF", idf_path, advice=idf_advice, read_version=idf_version, brings_others=True
)
_IDF_PYTHON = Requirement(
    "ESP-IDF's Python environment",
    _python,
    advice="In ESP-IDF's folder type: ./install.sh (Windows: install.bat)",
)


def toolchain_prefix(chip: str) -> str:
    """The beginning of the names of the chip's toolchain."""
    return "riscv32-esp-elf-" if chip in _RISCV_CHIPS else f"xtensa-{chip}-elf-"


def find_idf_program(name: str) -> Path | None:
    """A program of ESP-IDF's tools, or one on PATH."""
    environment = idf_environment()
    return (environment.find(name) if environment else None) or find_program(name)


# ---- linux -----------------------------------------------------------------------------------


def _use_linux_process(options: EmbeddedOptions, firmware: Firmware) -> None:
    from harness.device.host_process import LinuxProcess

    options.use_process(LinuxProcess, image=firmware.elf)


LINUX = Target(
    name="linux",
    summary="the ESP-IDF project for ESP-IDF's host target, FreeRTOS in a process",
    capabilities=idf_capabilities("full-speed", "network", "power-cut"),
    requirements=(_IDF, _IDF_PYTHON, program("gcc", debian="gcc")),
    embedded_services="idf",
    recipe=IdfRecipe("linux"),
    configure_embedded=_use_linux_process,
    addr2line="addr2line",
)


# ---- boards ----------------------------------------------------------------------------------


def toolchain(chip: str) -> Requirement:
    """The chip's compiler."""
    name = f"{toolchain_prefix(chip)}gcc"
    return Requirement(
        name,
        lambda: find_idf_program(name),
        advice=f"In ESP-IDF's folder type: ./install.sh {chip} (Windows: install.bat {chip})",
    )


def on_board(chip: str, port: str) -> Target:
    """The chip on the board at `port`."""

    def configure_embedded(options: EmbeddedOptions, _firmware: Firmware) -> None:
        from harness.device.board import Board

        # pytest-embedded opens the board twice for a flash port; Board knows both.
        flash_port = options.arguments("serial").pop("flash_port", None)
        options.replace("serial", Board, port=port, chip=chip, esptool_port=flash_port)

    def check(baud: int) -> None:
        from harness.device.board import Board

        Board(port=port, chip=chip, baud=baud).examine()

    return Target(
        name=chip,
        summary="the ESP-IDF project on a board",
        capabilities=idf_capabilities("radio"),
        requirements=idf_requirements(chip),
        embedded_services="esp,idf",
        recipe=IdfRecipe(chip),
        configure_embedded=configure_embedded,
        addr2line=f"{toolchain_prefix(chip)}addr2line",
        find_tool=find_idf_program,
        check=check,
    )


def idf_requirements(chip: str) -> tuple[Requirement, ...]:
    """What is needed to build for the chip."""
    return (_IDF, _IDF_PYTHON, toolchain(chip))
