// The node's settings in two regions of flash. Records are appended to the one in use, the last of
// a key counts. Once it is full, what is set is copied to the other, whose header is programmed
// last: power may fail at any byte, and the next boot has every setting with its old value or its
// new one.
//
// What is written is read back, and written to the next place where it does not hold. A record that
// was whole once is told from one that never was, so that damage does not pass for an interruption.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "node_port.h"

#define FLASH_SETTINGS_REGIONS 2u

typedef struct {
    const uint8_t *map; // the whole flash as memory
    uint32_t offset;    // of the first region; the second follows it
    uint32_t size;      // of one region: whole erase units, room for two records a setting
    esp_err_t (*write)(uint32_t offset, const void *data, size_t len);
    esp_err_t (*erase)(uint32_t offset, size_t len);
} flash_settings_place_t;

// Returns what was lost since the last time: nothing, all (ERASED) or some of it (DAMAGED).
node_settings_lost_t flash_settings_start(const flash_settings_place_t *place);
// set: ESP_ERR_NO_MEM where the regions are too small for the list, ESP_FAIL where the flash does
// not hold what is written
esp_err_t flash_setting_get(node_setting_t key, uint32_t *value);
esp_err_t flash_setting_set(node_setting_t key, uint32_t value);
esp_err_t flash_setting_get_bytes(node_setting_t key, void *data, size_t *len);
esp_err_t flash_setting_set_bytes(node_setting_t key, const void *data, size_t len);
