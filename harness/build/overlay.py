"""Overlays: files of Kconfig values that change what is built, the same for every target."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.errors import BenchError

_SET = re.compile(r"CONFIG_(\w+)=(.*)")
_UNSET = re.compile(r"# CONFIG_(\w+) is not set")
_SWITCHES = {"y": "ON", "n": "OFF"}


class OverlayNotTaken(BenchError):
    """An overlay sets an option that the target's build does not have."""

    def __init__(self, target: str, overlay: Path, option: str) -> None:
        super().__init__(
            f"Overlay {overlay.name} sets CONFIG_{option}, which target {target} does not have.",
            "Leave it out, or use --target linux or a chip.",
        )
        self.target, self.overlay, self.option = target, overlay, option


def read_overlays(overlays: Iterable[Path]) -> Mapping[str, str]:
    """Maps each option (without CONFIG_) to its value as written. The last overlay wins."""
    values: dict[str, str] = {}
    for overlay in overlays:
        values |= _read(overlay)
    return values


def cmake_definitions(target: str, overlays: Iterable[Path], template: Path) -> tuple[str, ...]:
    """The options as `-D…` for CMake. `template` (sdkconfig.h.in) names the options that the build
    has; a build without that file has none.

    Raises: OverlayNotTaken.
    """
    values: dict[str, str] = {}
    text = template.read_text(encoding="utf-8") if template.is_file() else ""
    known = set(re.findall(r"CONFIG_(\w+)", text))
    for overlay in overlays:
        for option, value in _read(overlay).items():
            if option not in known:
                raise OverlayNotTaken(target, overlay, option)
            values[option] = _SWITCHES.get(value, value)
    return tuple(f"-D{option}={value}" for option, value in values.items())


def _read(overlay: Path) -> dict[str, str]:
    values = {}
    for line in overlay.read_text(encoding="utf-8").splitlines():
        if found := _SET.fullmatch(line.strip()):
            values[found[1]] = found[2].strip().strip('"')
        elif found := _UNSET.fullmatch(line.strip()):
            values[found[1]] = "n"
    return values
