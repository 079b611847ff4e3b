"""Building the firmware: only what changed, with the compiler's own words on failure."""

from harness.build.cmake import CMakeRecipe
from harness.build.firmware import (
    BuildRequest,
    Firmware,
    ImageUnreadable,
    Progress,
    Recipe,
    no_progress,
    read_firmware,
)

__all__ = [
    "BuildRequest",
    "CMakeRecipe",
    "Firmware",
    "ImageUnreadable",
    "Progress",
    "Recipe",
    "no_progress",
    "read_firmware",
]
