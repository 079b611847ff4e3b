"""`hil size`"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from harness.build import BuildRequest
from harness.cli.console import FOUND_WRONG, GOOD, print_json, print_table, say
from harness.errors import BenchError
from harness.target import firmware_dir, project_root, require
from harness.target.esp_idf import CHIPS, on_board

_LAYOUTS = ("partitions_4mb.csv", "partitions_8mb.csv")
_SIZE_S = 120.0
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
@click.option("--target", "chip", type=click.Choice(CHIPS), default="esp32s3", show_default=True)
@click.option("--build-dir", type=click.Path(path_type=Path), help="A finished build to look at.")
@click.option("--most", default=15, show_default=True, help="How many components to show.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
def size(chip: str, build_dir: Path | None, most: int, as_json: bool) -> int:
    """Show the size of the image of the harness's build against the app slots of both partition
    layouts, its memory, and its components. Builds first unless --build-dir is given.

    Exit status 1 when the image does not fit a layout.
    """
    folder = build_dir or _build(chip)
    image, linked = folder / "node.bin", folder / "node.map"
    for path in (image, linked):
        if not path.is_file():
            raise BenchError(f"{path} is not there.", "Is it the folder of a build for a chip?")
    slots = [Slot(name, app_slot(firmware_dir() / name), image.stat().st_size) for name in _LAYOUTS]
    memory = _sizes(linked)["layout"]
    components = sorted(_sizes(linked, "--archives").values(), key=lambda part: -part["size"])
    if as_json:
        described = [{**asdict(slot), "free": slot.free} for slot in slots]
        print_json({"slots": described, "memory": memory, "components": components})
    else:
        _print(slots, memory, components[:most])
    return GOOD if all(slot.free >= 0 for slot in slots) else FOUND_WRONG


def app_slot(table: Path) -> int:
    """The size of the smallest app partition in a partition table. Raises BenchError."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file)]
    sizes = [_bytes(row[4]) for row in rows if len(row) > 4 and row[1] == "app"]
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


def _sizes(linked: Path, *options: str) -> Any:
    """What esp-idf-size makes of the linker's map file. Raises BenchError."""
    command = [sys.executable, "-m", "esp_idf_size", "--format", "json2", *options, str(linked)]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_SIZE_S,
        check=False,
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        why = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise BenchError(f"esp-idf-size cannot read {linked}: {why}.") from None


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
