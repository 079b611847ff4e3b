"""The settings of the portable ports: power fails at every byte and every erased sector."""

from __future__ import annotations

import ctypes

import pytest

from tests.node.library import compiled

ALWAYS = 2**32 - 1
NODE_ID, THR_STILL, YIELD = 2, 9, 4
KEPT = {NODE_ID: 77, THR_STILL: 123}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The settings and their flash, compiled for this machine."""
    opened = compiled(
        tmp_path_factory.mktemp("settings"),
        "flash_settings.c",
        ["ports/node/flash_settings.c", "components/crc32/src/crc32_ieee.c"],
    )
    opened.settings_get.restype = ctypes.c_int64
    opened.settings_flash.restype = ctypes.POINTER(ctypes.c_uint8)
    return opened


def flash_of(settings: ctypes.CDLL) -> ctypes.Array[ctypes.c_char]:
    size = settings.settings_flash_bytes()
    address = ctypes.cast(settings.settings_flash(), ctypes.c_void_p).value
    assert address is not None
    return (ctypes.c_char * size).from_address(address)


def fill_up(settings: ctypes.CDLL) -> int:
    """Set what is kept, then one setting until the next change has to compact; its last value."""
    for key, value in KEPT.items():
        settings.settings_set(key, value, ALWAYS)
    flash = flash_of(settings)
    for value in range(len(flash)):
        before = bytes(flash)
        if settings.settings_set(YIELD, value + 1, ALWAYS) > 64:
            flash[:] = before
            settings.settings_boot()
            return value
    raise AssertionError("the flash was never full")


@pytest.mark.parametrize("compactions", [1, 2])
def test_power_that_fails_in_a_compaction_loses_no_setting(
    settings: ctypes.CDLL, compactions: int
) -> None:
    """Into the second region, and back into the first, which was in use before."""
    settings.settings_new(0xFF)
    for _ in range(compactions):
        last = fill_up(settings)
        image = bytes(flash_of(settings))
        whole = settings.settings_set(YIELD, last + 1, ALWAYS)
        assert whole > 64, "nothing was compacted"
    for power in range(whole):
        flash_of(settings)[:] = image
        settings.settings_boot()
        assert settings.settings_set(YIELD, last + 1, power) == power
        for _ in range(2):  # and what boots then goes on
            kept = {key: settings.settings_get(key) for key in KEPT}
            assert kept == KEPT, f"power failed after {power} of {whole} steps"
            assert settings.settings_get(YIELD) in (last, last + 1)
            settings.settings_set(YIELD, last, ALWAYS)
            settings.settings_set(YIELD, last + 1, ALWAYS)
        assert settings.settings_get(YIELD) == last + 1


def test_a_torn_record_leaves_the_value_before_it(settings: ctypes.CDLL) -> None:
    settings.settings_new(0xFF)
    settings.settings_set(NODE_ID, 5, ALWAYS)
    image = bytes(flash_of(settings))
    whole = settings.settings_set(NODE_ID, 77, ALWAYS)
    for power in range(whole):
        flash_of(settings)[:] = image
        settings.settings_boot()
        settings.settings_set(NODE_ID, 77, power)
        assert settings.settings_get(NODE_ID) in (5, 77)
        settings.settings_set(NODE_ID, 78, ALWAYS)
        assert settings.settings_get(NODE_ID) == 78


@pytest.mark.parametrize("filling", [0xFF, 0x00, 0x5A])
def test_a_flash_of_anything_holds_nothing_and_takes_settings(
    settings: ctypes.CDLL, filling: int
) -> None:
    settings.settings_new(filling)
    assert settings.settings_get(NODE_ID) == -1
    settings.settings_set(NODE_ID, 77, ALWAYS)
    assert settings.settings_get(NODE_ID) == 77
