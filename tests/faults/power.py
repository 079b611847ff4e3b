"""Deliberate faults in what keeps weights and settings whole when the power or the flash fails."""

from __future__ import annotations

from tests.faults.workshop import Edit, Fault

SLOT = "components/node/src/weights_slot.c"
UPLOAD = "components/node/src/weights_upload.c"
STORE = "components/node/src/weights_store.c"
SETTINGS = "ports/node/flash_settings.c"
TESTS = "tests/node/test_power.py::"
ONE_CUT = TESTS + "test_a_power_cut_at_any_byte_leaves_the_old_or_the_new"
NOT_DONE = TESTS + "test_an_operation_that_is_not_done_is_noticed"
DAMAGED = TESTS + "test_damaged_flash_holds_what_it_says_or_says_that_it_does_not"

POWER = (
    Fault(
        "the CRC of a slot's header is not looked at",
        (
            Edit(
                SLOT,
                "    if (header.magic != HEADER_MAGIC ||\n"
                "        header.header_crc !="
                " crc32_ieee(0, &header, offsetof(stored_header_t, header_crc))) {\n",
                "    if (header.magic != HEADER_MAGIC) {\n",
            ),
        ),
        DAMAGED,
        ("other weights than those told are in use, and no slot is said to be damaged",),
    ),
    Fault(
        "a region's header is programmed before its settings",
        (
            Edit(
                SETTINGS,
                "    esp_err_t err = erase_region(to);\n",
                "    esp_err_t err = erase_region(to);\n"
                "    err = err ? err : seal(to, generation + 1u);\n",
            ),
        ),
        ONE_CUT,
        ("settings", "a setting is not what it was"),
    ),
    Fault(
        "an upload that starts over does not erase",
        (
            Edit(
                UPLOAD,
                "    esp_err_t err = weights_slot_erase(upload.slot, total_len);\n",
                "    esp_err_t err = ESP_OK;\n",
            ),
        ),
        ONE_CUT,
        ("weights", "the next update is refused"),
    ),
    Fault(
        "an erase leaves the record of the upload that it destroys",
        (Edit(SLOT, "    (void)weights_slot_drop_record(slot);\n", ""),),
        ONE_CUT,
        ("weights", "the next update is refused"),
    ),
    Fault(
        "an upload goes on where a header was programmed",
        (Edit(SLOT, "!is_filled(start, sizeof(stored_header_t), 0xFFu) || ", ""),),
        ONE_CUT,
        ("weights",),
    ),
    Fault(
        "generations of weights are compared unsigned",
        (
            Edit(
                STORE,
                "(int32_t)(found->generation - selection->generation) <= 0",
                "found->generation <= selection->generation",
            ),
        ),
        ONE_CUT,
        ("weights, one cut, wraps", "an update that was told as done is not there"),
    ),
    Fault(
        "generations of settings are compared unsigned",
        (Edit(SETTINGS, "(int32_t)(found - generation) > 0", "found > generation"),),
        ONE_CUT,
        ("settings, one cut, wraps", "a setting that was told as done is not there"),
    ),
    Fault(
        "settings are copied into the region that they are in",
        (
            Edit(
                SETTINGS,
                "    const uint32_t to = region == 0 ? 1u : 0u;\n",
                "    const uint32_t to = region == NO_REGION ? 0u : region;\n",
            ),
        ),
        ONE_CUT,
        ("settings", "a setting is not what it was"),
    ),
    Fault(
        "weights are not read back",
        (
            Edit(
                SLOT,
                "        if (memcmp(flash->map + offset, bytes, n) != 0) {",
                "        if (false) {",
            ),
        ),
        NOT_DONE,
        ("weights, cut short", "an update that was told as done is not there"),
    ),
    Fault(
        "settings are not read back",
        (
            Edit(
                SETTINGS,
                "    return memcmp(flash.map + offset, data, len) == 0 ? ESP_OK : ESP_FAIL;\n",
                "    return ESP_OK;\n",
            ),
        ),
        NOT_DONE,
        ("settings, cut short",),
    ),
    Fault(
        "damaged settings pass for interrupted ones",
        (
            Edit(
                SETTINGS,
                "    return was_closed && !is_filled(record, 0) && !is_whole(record);\n",
                "    return was_closed && false;\n",
            ),
        ),
        DAMAGED,
        ("settings, flipped bit", "a setting is not what it was, and none is said to be lost"),
    ),
)
