"""What the temporal head costs an image in which it is switched off: the calls, and the shims they
reach. Measured, by linking the image with them and without."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.build import BuildRequest, Firmware, Recipe
from harness.build.elf import read_elf
from harness.build.idf import IdfRecipe
from harness.cli.console import say
from harness.errors import BenchError
from harness.program_output import program_streams
from harness.target import firmware_dir, project_root, require
from harness.target.esp_idf import idf_requirements
from harness.target.portable import QEMU

BUDGET = 128  # bytes
_SIZE_S = 120.0
_ZEROED = (".bss", ".noinit", ".rtc_reserved")  # they take memory and no room in the image


@dataclass(frozen=True)
class HeadCost:
    """Bytes of each part of the image, with the calls and without."""

    target: str
    with_calls: Mapping[str, int]
    without: Mapping[str, int]

    @property
    def growth(self) -> int:
        return sum(self.with_calls.values()) - sum(self.without.values())

    @property
    def fits(self) -> bool:
        return self.growth <= BUDGET


def head_cost(target: str) -> HeadCost:
    """Builds both images: no agent, head off. Raises BenchError where that cannot be done."""
    with_calls = _parts(target, _build(target, "head_off"))
    return HeadCost(target, with_calls, _parts(target, _build(target, "call_sites_off")))


def map_sizes(linked: Path, *options: str) -> Any:
    """What esp-idf-size makes of the linker's map file. Raises BenchError."""
    command = [sys.executable, "-m", "esp_idf_size", "--format", "json2", *options, str(linked)]
    done = program_streams(command, _SIZE_S)
    try:
        return json.loads(done.stdout)
    except ValueError:
        why = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise BenchError(f"esp-idf-size cannot read {linked}: {why}.") from None


def _build(target: str, overlay: str) -> Firmware:
    is_portable = target == QEMU.name
    recipe: Recipe = QEMU.recipe if is_portable else IdfRecipe(target, ())
    require(QEMU.requirements if is_portable else idf_requirements(target), "to build the image")
    sources = firmware_dir()
    request = BuildRequest(
        target,
        sources,
        project_root() / "build" / f"{target}-size-{overlay}",
        overlays=tuple(sources / f"sdkconfig.{name}" for name in ("production", overlay)),
    )
    say(f"building {request.build_dir.name}")
    return recipe.build(request)


def _parts(target: str, firmware: Firmware) -> Mapping[str, int]:
    if target == QEMU.name:
        return read_elf(firmware.elf).image
    memories = map_sizes(firmware.build_dir / "node.map")["layout"]
    return {
        f"{memory['name']} {name}": part["size"]
        for memory in memories
        for name, part in memory["parts"].items()
        if name not in _ZEROED
    }
