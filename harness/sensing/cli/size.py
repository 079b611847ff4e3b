"""`hil size`"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from harness.build import BuildRequest, Firmware, Recipe
from harness.build.elf import read_elf
from harness.build.idf import IdfRecipe
from harness.cli.console import FOUND_WRONG, GOOD, print_json, print_table, say
from harness.errors import BenchError
from harness.program_output import program_output
from harness.target import firmware_dir, project_root, require
from harness.target.esp_idf import CHIPS, idf_requirements
from harness.target.portable import QEMU

_LAYOUTS = ("partitions_4mb.csv", "partitions_8mb.csv")
_UNITS = {"K": 1024, "M": 1024 * 1024}

BUDGET = 128  # bytes
_SIZE_S = 120.0
_ZEROED = (".bss", ".noinit", ".rtc_reserved")  # they take memory, but no room in the image


@dataclass(frozen=True)
class Slot:
    """How the image fits the app slot of a partition layout; bytes."""

    layout: str
    slot: int
    image: int

    @property
    def free(self) -> int:
        return self.slot - self.image


@click.command()
@click.option(
    "--target",
    type=click.Choice((*CHIPS, QEMU.name)),
    default="esp32s3",
    show_default=True,
    help="The chip, or qemu, which needs no ESP-IDF.",
)
@click.option("--head-off", is_flag=True, help="Show what the head costs where it is switched off.")
@click.option("--build-dir", type=click.Path(path_type=Path), help="Look at this finished build.")
@click.option("--most", default=15, show_default=True, help="How many components to show.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
def size(target: str, head_off: bool, build_dir: Path | None, most: int, as_json: bool) -> int:
    """Show the size of the harness's image with the app slots of both partition layouts, its memory
    and its components; for qemu its sections. Builds the image first, unless --build-dir is given.

    With --head-off: link the image without agent and head once with the calls into the head and
    once without them, and show the difference against its budget of 128 bytes.

    Exit status 1 when the image does not fit a layout, or the difference its budget.
    """
    if head_off:
        return _show_head_cost(target, as_json)
    if target == QEMU.name:
        return _show_sections(build_dir, as_json)
    folder = build_dir or _build(target).build_dir
    image, linked = folder / "node.bin", folder / "node.map"
    for path in (image, linked):
        if not path.is_file():
            raise BenchError(f"{path} is not there.", "Is it the folder of a build for a chip?")
    slots = [Slot(name, app_slot(firmware_dir() / name), image.stat().st_size) for name in _LAYOUTS]
    memory = map_sizes(linked)["layout"]
    components = sorted(map_sizes(linked, "--archives").values(), key=lambda part: -part["size"])
    if as_json:
        described = [{**asdict(slot), "free": slot.free} for slot in slots]
        print_json({"slots": described, "memory": memory, "components": components})
    else:
        _print(slots, memory, components[:most])
    return GOOD if all(slot.free >= 0 for slot in slots) else FOUND_WRONG


def _show_head_cost(target: str, as_json: bool) -> int:
    cost = head_cost(target)
    if as_json:
        print_json({**asdict(cost), "growth": cost.growth, "budget": BUDGET, "fits": cost.fits})
    else:
        parts = sorted({*cost.with_calls, *cost.without})
        pairs = [(name, cost.with_calls.get(name, 0), cost.without.get(name, 0)) for name in parts]
        print_table(
            ["head off", "with the calls", "without them", "difference"],
            [[name, f"{a:,}", f"{b:,}", f"{a - b:+,}"] for name, a, b in pairs if a or b],
        )
        verdict = "PASS" if cost.fits else "FAIL"
        click.echo(f"\n{verdict}: {cost.growth:,} bytes on {target}, budget {BUDGET}")
    return GOOD if cost.fits else FOUND_WRONG


def _show_sections(build_dir: Path | None, as_json: bool) -> int:
    folder = build_dir or _build(QEMU.name).build_dir
    elf = read_elf(folder / "node.elf")
    if as_json:
        print_json({"image": dict(elf.image), "zeroed": dict(elf.zeroed)})
        return GOOD
    rows = [[name, f"{size:,}", "image"] for name, size in elf.image.items()]
    rows += [[name, f"{size:,}", "memory only"] for name, size in elf.zeroed.items()]
    print_table(
        ["section", "bytes", "takes"], [*rows, ["", f"{sum(elf.image.values()):,}", "image"]]
    )
    return GOOD


def app_slot(table: Path) -> int:
    """The size of the smallest app partition in a partition table. Raises BenchError."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file)]
    rows = [row for row in rows if len(row) > 4 and not row[0].startswith("#")]
    sizes = [_bytes(row[4]) for row in rows if row[1] == "app"]
    if not sizes:
        raise BenchError(f"{table} has no app partition.")
    return min(sizes)


def _bytes(text: str) -> int:
    unit = _UNITS.get(text[-1:].upper(), 1)
    return int(text[:-1] if unit > 1 else text, 0) * unit


def _print(slots: list[Slot], memory: list[dict[str, Any]], components: list[Any]) -> None:
    print_table(
        ["layout", "app slot", "image", "free"],
        [[s.layout, f"{s.slot:,}", f"{s.image:,}", f"{s.free:,}"] for s in slots],
    )
    click.echo()
    print_table(
        ["memory", "used", "free"],
        [
            [part["name"], f"{part['used']:,}", f"{part['free']:,}" if part["total"] else ""]
            for part in memory
            if part["used"]
        ],
    )
    click.echo()
    print_table(
        ["component", "bytes"],
        [[part["abbrev_name"], f"{part['size']:,}"] for part in components],
    )


@dataclass(frozen=True)
class HeadCost:
    """Bytes of each part of the image, with the calls into the head and without them."""

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
    done = program_output(command, timeout=_SIZE_S, errors_apart=True)
    try:
        return json.loads(done.stdout)
    except ValueError:
        why = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise BenchError(f"esp-idf-size cannot read {linked}: {why}.") from None


def _build(target: str, overlay: str = "") -> Firmware:
    """The harness's build of the image, as for a board; with an overlay: without the agent."""
    is_portable = target == QEMU.name
    recipe: Recipe = IdfRecipe(target, ()) if overlay else IdfRecipe(target)
    if is_portable:
        recipe = QEMU.recipe
    require(QEMU.requirements if is_portable else idf_requirements(target), "to build the image")
    sources, names = firmware_dir(), ("production", overlay) if overlay else ()
    folder = project_root() / "build" / (f"{target}-size-{overlay}" if overlay else target)
    overlays = tuple(sources / f"sdkconfig.{name}" for name in names)
    say(f"building {folder.name}")
    return recipe.build(BuildRequest(target, sources, folder, overlays=overlays))


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
