"""What proves that the node is the one that was built, and speaks the schema's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from harness.build import Firmware
from harness.errors import BenchError, DeviceFault
from harness.node.layout import LayoutMismatch, StructLayout, compare_layouts
from harness.node.node import Node
from harness.node.structs import BootReport
from harness.plugin.application import Application


class LayoutDiffers(DeviceFault):
    """The node lays out a struct otherwise than the schema: no byte of it can be believed."""

    def __init__(self, mismatches: Iterable[LayoutMismatch]) -> None:
        self.mismatches = tuple(mismatches)
        listed = "\n".join(f"  {mismatch}" for mismatch in self.mismatches)
        super().__init__(
            "The node lays out its structs otherwise than the schema, "
            f"so nothing it says can be read:\n{listed}"
        )


class OtherImage(BenchError):
    """The node runs an image other than the one that was just built."""

    def __init__(self, built: str, reported: str) -> None:
        super().__init__(
            f"The node reports the image {reported[:16]}…, the build is {built[:16]}….",
            "Is another session using the same device?",
        )
        self.built = built
        self.reported = reported


def check_layout(expected: Sequence[StructLayout], reported: Iterable[StructLayout]) -> int:
    """Compares what the node reports with the schema. Returns the number of structs.

    Raises: LayoutDiffers, naming struct and field.
    """
    mismatches = compare_layouts(expected, reported)
    if mismatches:
        raise LayoutDiffers(mismatches)
    return len(expected)


def check_image(firmware: Firmware, boot: BootReport) -> None:
    """Raises OtherImage unless the node runs `firmware`."""
    reported = boot.elf_sha256.hex()
    if reported != firmware.elf_sha256:
        raise OtherImage(firmware.elf_sha256, reported)


def factory_reset(node: Node, application: Application[Any]) -> str:
    """Wipes a node that has been in use before the session. Returns what of it was found."""
    found = application.traces(node)
    if found:
        wipe(node, application)
    return ", ".join(found)


def wipe(node: Node, application: Application[Any]) -> BootReport:
    """The node in its factory state, and a restart to make it take effect."""
    application.wipe(node)
    return node.reset()
