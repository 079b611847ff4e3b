"""The NVS partition as a file, by Espressif's own generator."""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from harness.errors import BenchError
from harness.program_output import program_output
from harness.sensing.nvs.settings import NAMESPACE, SETTINGS, Value, check_settings

# Where both partition tables have it.
NVS_OFFSET = 0x9000
NVS_SIZE = 0x6000
_GENERATE_S = 60.0


class ImageNotMade(BenchError):
    """The generator refused."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The NVS image could not be made: {why}.",
            "Type: pip install esp-idf-nvs-partition-gen",
        )
        self.why = why


def make_image(values: Mapping[str, Value]) -> bytes:
    """The partition with these settings and no other, NVS_SIZE bytes.

    Raises: SettingInvalid, ImageNotMade.
    """
    check_settings(values)
    with tempfile.TemporaryDirectory(prefix="hil-nvs-") as folder:
        table, image = Path(folder, "settings.csv"), Path(folder, "nvs.bin")
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["key", "type", "encoding", "value"])
            writer.writerow([NAMESPACE, "namespace", "", ""])
            for name, value in values.items():
                text = value.hex() if isinstance(value, bytes) else value
                writer.writerow([name, "data", SETTINGS[name].encoding, text])
        command = [sys.executable, "-m", "esp_idf_nvs_partition_gen", "generate"]
        words = [*command, str(table), str(image), hex(NVS_SIZE)]
        done = program_output(words, cwd=folder, timeout=_GENERATE_S)
        if done.returncode != 0 or not image.is_file():
            last = done.stdout.strip().splitlines()[-1:] or ["it printed nothing"]
            raise ImageNotMade(last[0].rstrip("."))
        return image.read_bytes()
