"""All targets, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from harness.target.emulator import in_emulator
from harness.target.esp_idf import CHIPS, LINUX, on_board
from harness.target.portable import HOST, QEMU
from harness.target.target import PortNotTaken, Target, UnknownTarget

TARGETS: Mapping[str, Target] = MappingProxyType(
    {target.name: target for target in (QEMU, HOST, LINUX)}
)
DEFAULT_TARGET = QEMU.name


def known_names() -> tuple[str, ...]:
    """Every name that `--target` understands."""
    return (*TARGETS, *CHIPS)


def find_target(name: str, port: str = "") -> Target:
    """The target called `name`. A chip runs on the board at `port`, without a port in an emulator.

    Raises: UnknownTarget, PortNotTaken.
    """
    if name in CHIPS:
        return on_board(name, port) if port else in_emulator(name)
    if name not in TARGETS:
        raise UnknownTarget(name, known_names())
    if port:
        raise PortNotTaken(name, port)
    return TARGETS[name]
