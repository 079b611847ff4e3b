"""Names of ESP-IDF's `esp_err_t` values, as `esp_err.h` numbers them."""

from __future__ import annotations

from enum import IntEnum


class EspErr(IntEnum):
    """`esp_err_t`, signed as in C."""

    ESP_OK = 0
    ESP_FAIL = -1
    ESP_ERR_NO_MEM = 0x101
    ESP_ERR_INVALID_ARG = 0x102
    ESP_ERR_INVALID_STATE = 0x103
    ESP_ERR_INVALID_SIZE = 0x104
    ESP_ERR_NOT_FOUND = 0x105
    ESP_ERR_NOT_SUPPORTED = 0x106
    ESP_ERR_TIMEOUT = 0x107
    ESP_ERR_INVALID_RESPONSE = 0x108
    ESP_ERR_INVALID_CRC = 0x109
    ESP_ERR_INVALID_VERSION = 0x10A
    ESP_ERR_INVALID_MAC = 0x10B
    ESP_ERR_NOT_FINISHED = 0x10C
    ESP_ERR_NOT_ALLOWED = 0x10D


def signed(word: int) -> int:
    """The esp_err_t in a 32-bit word off the wire."""
    word &= 0xFFFFFFFF
    return word - (1 << 32) if word & 0x80000000 else word


def name_of(code: int) -> str:
    """The name of an esp_err_t, signed or as a 32-bit word; `UNKNOWN_0x…` when it has none."""
    try:
        return EspErr(signed(code)).name
    except ValueError:
        return f"UNKNOWN_0x{code & 0xFFFFFFFF:x}"
