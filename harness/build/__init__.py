"""Building the firmware: only what changed, with the compiler's own words on failure."""

from harness.build.cmake import CMakeRecipe
from harness.build.firmware import Firmware, ImageUnreadable, read_firmware
from harness.build.recipe import BuildRequest, Progress, Recipe, no_progress

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
