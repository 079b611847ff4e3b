"""Makes one file of the whole flash of a chip from the parts that a build has to flash."""

from __future__ import annotations

import json
import struct
import sys
import zlib
from pathlib import Path

from harness.errors import BenchError, BuildFailed
from harness.program_output import program_output

_IMAGE = (
    "flash/flash_image.bin"  # in a folder of its own, so that nobody takes it for an app binary
)
_MERGE_S = 120.0


def make_flash_image(build_dir: Path, chip: str) -> Path:
    """Puts bootloader, partition table and app at their places and pads the file to the flash's
    size. otadata is as the bootloader leaves it after the first start.

    The file is made only when one of its parts is newer. Raises BenchError, BuildFailed.
    """
    arguments = build_dir / "flasher_args.json"
    try:
        description = json.loads(arguments.read_text(encoding="utf-8"))
        parts = [build_dir / name for name in description["flash_files"].values()]
        settings = description["write_flash_args"]
        size = description["flash_settings"]["flash_size"]
    except (OSError, ValueError, KeyError) as error:
        raise BenchError(
            f"{arguments} does not say what to flash: {error}.", "Remove its folder, build again."
        ) from None
    image = build_dir / _IMAGE
    newest = max(path.stat().st_mtime_ns for path in [arguments, *parts])
    if image.is_file() and image.stat().st_mtime_ns > newest:
        return image
    image.parent.mkdir(exist_ok=True)
    pairs = [word for pair in description["flash_files"].items() for word in pair]
    command = [sys.executable, "-m", "esptool", "--chip", chip, "merge-bin"]
    command += ["-o", str(image), "--pad-to-size", size, *settings, *pairs]
    done = program_output(command, cwd=build_dir, timeout=_MERGE_S)
    if done.returncode != 0:
        raise BuildFailed(chip, "esptool merge-bin", done.stdout)
    if "otadata" in description:
        write_into(image, int(description["otadata"]["offset"], 0), _started_once())
    return image


def _started_once() -> bytes:
    """otadata's first entry, `esp_ota_select_entry_t`: app slot 0.

    With this entry the bootloader has nothing to write. When it writes, Espressif's QEMU selects
    both PSRAM and flash, takes flash commands for PSRAM commands, and crashes.
    """
    sequence = struct.pack("<I", 1)
    return sequence + b"\xff" * 24 + struct.pack("<I", zlib.crc32(sequence, 0xFFFFFFFF))


def write_into(flash: Path, offset: int, data: bytes) -> None:
    """Writes into a flash file. Raises BenchError when the data do not lie inside it."""
    size = flash.stat().st_size if flash.is_file() else 0
    if offset + len(data) > size:
        raise BenchError(
            f"{len(data)} bytes at 0x{offset:x} do not lie inside {flash}, which has {size} bytes."
        )
    with flash.open("r+b") as file:
        file.seek(offset)
        file.write(data)
