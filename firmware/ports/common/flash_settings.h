// The node's settings in one erase unit of flash: records are appended, the last of a key counts.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "node_port.h"

typedef struct {
    const uint8_t *map; // the whole flash as memory
    uint32_t offset;    // of the erase unit
    uint32_t size;
    esp_err_t (*write)(uint32_t offset, const void *data, size_t len);
    esp_err_t (*erase)(uint32_t offset, size_t len);
} flash_settings_region_t;

void flash_settings_start(const flash_settings_region_t *region);
esp_err_t flash_setting_get(node_setting_t key, uint32_t *value);
esp_err_t flash_setting_set(node_setting_t key, uint32_t value);
esp_err_t flash_setting_get_bytes(node_setting_t key, void *data, size_t *len);
esp_err_t flash_setting_set_bytes(node_setting_t key, const void *data, size_t len);
