"""A chip in esp-emu: its console on standard input and output."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from pytest_embedded_espemu import EspEmu

from harness.device.host_process import HostProcess


class EspEmuProcess(HostProcess, EspEmu):  # type: ignore[misc]
    """pytest-embedded's EspEmu with a console that is read without polling. esp-emu never ends by
    itself, so any end is the bench's fault.

    Args:
        chip: ESP-IDF's name. espemu_image_path: the whole flash.
        espemu_prog_path, espemu_cli_args, espemu_extra_args: as in pytest-embedded.
    """

    NAME = "esp-emu"
    SOURCE = "ESPEMU"

    _needed_for = "to run the firmware in an emulator"

    def __init__(
        self,
        *,
        chip: str,
        espemu_image_path: str,
        espemu_prog_path: str | None = None,
        espemu_cli_args: str | None = None,
        espemu_extra_args: str | None = None,
        app: Any = None,
        **arguments: Any,
    ) -> None:
        self.app = app
        self._program = [espemu_prog_path or self.ESPEMU_PROG_PATH, "--chip", chip]
        self._more = [*shlex.split(espemu_cli_args or ""), *shlex.split(espemu_extra_args or "")]
        super().__init__(image=Path(espemu_image_path), **arguments)

    def _command(self) -> list[str]:
        return [*self._program, "--firmware", self.image_path, *self._more]

    def _is_firmwares_doing(self, status: int) -> bool:
        return False
