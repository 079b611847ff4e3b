"""A chip in Espressif's QEMU."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from harness.device.flash_image import write_into
from harness.device.virt_qemu import VirtQemu, escaped
from harness.errors import BenchError

# The memory that the test build of a chip counts on: 8 MB of octal PSRAM.
_PSRAM = {"esp32s3": "-m 8M -global driver=ssi_psram,property=is_octal,value=true"}


class EspQemu(VirtQemu):
    """As VirtQemu, with the chip's machine: its flash is a copy of the image, its console UART0.

    Args:
        qemu_image_path: the whole flash. machine: the chip, as QEMU calls it.
        qemu_prog_path, qemu_cli_args, qemu_extra_args: as in pytest-embedded.
    """

    _remedy = "Install Espressif's QEMU, with ESP-IDF's tools/idf_tools.py."

    def __init__(self, *, machine: str, qemu_cli_args: str | None = None, **arguments: Any) -> None:
        memory = _PSRAM.get(machine, "")
        chosen = qemu_cli_args or f"-machine {machine} {memory} -nic user,model=open_eth"
        super().__init__(qemu_cli_args=chosen, **arguments)

    def erase_flash(self) -> None:
        """The flash as it comes from flashing: the image, and nothing that was stored since."""
        if self.is_running:
            raise BenchError("The flash cannot be written while QEMU runs on it.")
        shutil.copyfile(Path(self.image_path), self.flash)

    def write_flash(self, offset: int, data: bytes) -> None:
        """Into the file that is the whole flash; QEMU must not run."""
        write_into(self.flash, offset, data)

    def _storage(self) -> list[str]:
        return ["-drive", f"file={escaped(self.flash)},if=mtd,format=raw"]
