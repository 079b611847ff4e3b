"""The node's settings in NVS: one schema, and the partition image that holds them."""

from harness.sensing.nvs.image import NVS_OFFSET, NVS_SIZE, make_image
from harness.sensing.nvs.settings import (
    SETTINGS,
    Setting,
    SettingInvalid,
    check_settings,
    parse_setting,
)

__all__ = [
    "NVS_OFFSET",
    "NVS_SIZE",
    "SETTINGS",
    "Setting",
    "SettingInvalid",
    "check_settings",
    "make_image",
    "parse_setting",
]
