"""The image of a played board: nothing is built, and nothing is flashed."""

from __future__ import annotations

import dataclasses
import json

from harness.build import BuildRequest, Firmware
from harness.build.firmware import Progress, no_progress
from harness.target import Target, registry
from harness.target.esp_idf import on_board

_IMAGE = bytes(32).hex()  # what the scripted node reports
_FLASHER = {
    "write_flash_args": [],
    "flash_settings": {"flash_size": "8MB"},
    "flash_files": {"0x20000": "node.elf"},
    "extra_esptool_args": {},
}


class ScriptedRecipe:
    """Writes the files of a build that pytest-embedded reads."""

    def build(self, request: BuildRequest, progress: Progress = no_progress) -> Firmware:
        """See `Recipe.build`."""
        folder = request.build_dir
        (folder / "config").mkdir(parents=True, exist_ok=True)
        sdkconfig = json.dumps({"IDF_TARGET": request.target})
        (folder / "config" / "sdkconfig.json").write_text(sdkconfig, encoding="utf-8")
        (folder / "flasher_args.json").write_text(json.dumps(_FLASHER), encoding="utf-8")
        (folder / "node.elf").write_bytes(b"no image")
        return Firmware(request.target, folder / "node.elf", folder, _IMAGE, False)


def board_without_building() -> None:
    """Boards of this process need no ESP-IDF: they are played, and run the image already."""

    def played(chip: str, port: str) -> Target:
        return dataclasses.replace(on_board(chip, port), recipe=ScriptedRecipe(), requirements=())

    vars(registry)["on_board"] = played  # where `find_target` looks
