"""`hil size`"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from harness.build import BuildRequest
from harness.build.elf import read_elf
from harness.cli.console import FOUND_WRONG, GOOD, print_json, print_table, say
from harness.errors import BenchError
from harness.sensing.cli.head_cost import BUDGET, head_cost, map_sizes
from harness.target import firmware_dir, project_root, require
from harness.target.esp_idf import CHIPS, on_board
from harness.target.portable import QEMU

_LAYOUTS = ("partitions_4mb.csv", "partitions_8mb.csv")
_UNITS = {"K": 1024, "M": 1024 * 1024}


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
@click.option("--head-off", is_flag=True, help="What the head costs where it is switched off.")
@click.option("--build-dir", type=click.Path(path_type=Path), help="A finished build to look at.")
@click.option("--most", default=15, show_default=True, help="How many components to show.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
def size(target: str, head_off: bool, build_dir: Path | None, most: int, as_json: bool) -> int:
    """Show the size of the image of the harness's build against the app slots of both partition
    layouts, its memory, and its components; for qemu its sections. Builds first unless --build-dir
    is given.

    With --head-off: link the image without agent and head once with the calls into the head and
    once without them, and show the difference against its budget of 128 bytes.

    Exit status 1 when the image does not fit a layout, or the difference its budget.
    """
    if head_off:
        return _show_head_cost(target, as_json)
    if target == QEMU.name:
        return _show_sections(build_dir, as_json)
    folder = build_dir or _build(target)
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
    folder = build_dir or _build_portable()
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


def _build(chip: str) -> Path:
    # As for a board: the emulator's build has another network driver.
    target = on_board(chip, "")
    require(target.requirements, "to build the image")
    say(f"building for {chip}")
    folder = project_root() / "build" / chip
    return target.recipe.build(BuildRequest(chip, firmware_dir(), folder)).build_dir


def _build_portable() -> Path:
    require(QEMU.requirements, "to build the image")
    folder = project_root() / "build" / QEMU.name
    return QEMU.recipe.build(BuildRequest(QEMU.name, firmware_dir(), folder)).build_dir


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
