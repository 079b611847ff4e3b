"""The targets that run the portable firmware on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.build import Firmware
from harness.build.cmake import CMakeRecipe
from harness.build.requirement import Requirement, find_program, program
from harness.program_output import program_output
from harness.target.target import Capability, Target

if TYPE_CHECKING:
    from harness.embedded_internals import EmbeddedOptions

_PORTABLE = frozenset(
    Capability(name) for name in ("flash", "power-cut", "stepped-clock", "watchdog")
)


def _picolibc() -> Path | None:
    """The specs file with which the cross compiler finds picolibc."""
    compiler = find_program("riscv64-unknown-elf-gcc")
    if compiler is None:
        return None
    done = program_output([str(compiler), "-print-file-name=picolibc.specs"], errors_apart=True)
    # A compiler that does not know the file prints its bare name back.
    specs = Path(done.stdout.strip())
    return specs if specs.is_absolute() and specs.is_file() else None


def _c_library() -> Path | None:
    header = Path("/usr/include/stdio.h")
    return header if header.is_file() else None


def _use_qemu(options: EmbeddedOptions, firmware: Firmware) -> None:
    from harness.device.qemu import VirtQemu

    options.replace("qemu", VirtQemu, qemu_image_path=firmware.elf)


def _use_host_process(options: EmbeddedOptions, firmware: Firmware) -> None:
    from harness.device.host_process import HostProcess

    options.use_process(HostProcess, image=firmware.elf)


_CMAKE = program("cmake", pypi="cmake>=3.28,<4")
_NINJA = program("ninja", pypi="ninja")

QEMU = Target(
    name="qemu",
    summary="the portable firmware, cross-compiled for RV32, in qemu-system-riscv32 -M virt",
    capabilities=_PORTABLE | {Capability("instruction-counts")},
    requirements=(
        _CMAKE,
        _NINJA,
        program("riscv64-unknown-elf-gcc", debian="gcc-riscv64-unknown-elf"),
        Requirement("picolibc", _picolibc, debian="picolibc-riscv64-unknown-elf"),
        program("qemu-system-riscv32", debian="qemu-system-misc"),
    ),
    embedded_services="qemu",
    recipe=CMakeRecipe(project="ports", port="qemu"),
    configure_embedded=_use_qemu,
    addr2line="riscv64-unknown-elf-addr2line",
)

HOST = Target(
    name="host",
    summary="the portable firmware as a process of this machine",
    capabilities=_PORTABLE | {Capability("full-speed")},
    requirements=(
        _CMAKE,
        _NINJA,
        program("gcc", debian="gcc"),
        Requirement("C library headers", _c_library, debian="libc6-dev"),
    ),
    embedded_services="",
    recipe=CMakeRecipe(project="ports", port="host"),
    configure_embedded=_use_host_process,
    addr2line="addr2line",
    variants=("sanitize", "coverage"),
)
