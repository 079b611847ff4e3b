"""The targets there are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from harness.target.esp_idf import LINUX
from harness.target.portable import HOST, QEMU
from harness.target.target import Target, TargetNotAvailable, UnknownTarget

TARGETS: Mapping[str, Target] = MappingProxyType(
    {target.name: target for target in (QEMU, HOST, LINUX)}
)
DEFAULT_TARGET = QEMU.name

# Names that are targets of the ESP-IDF project.
ESP_IDF_TARGETS = ("esp32", "esp32s3", "esp32c3", "esp32c6", "esp32p4")


def known_names() -> tuple[str, ...]:
    """Every name `--target` understands."""
    return (*TARGETS, *ESP_IDF_TARGETS)


def find_target(name: str) -> Target:
    """The target called `name`.

    Raises: UnknownTarget, TargetNotAvailable.
    """
    if name in TARGETS:
        return TARGETS[name]
    if name in ESP_IDF_TARGETS:
        raise TargetNotAvailable(
            name,
            "it is built by ESP-IDF, and this version of the firmware has no ESP-IDF project",
            f"Use one of: {', '.join(TARGETS)}.",
        )
    raise UnknownTarget(name, known_names())
