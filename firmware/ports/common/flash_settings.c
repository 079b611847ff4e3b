#include "flash_settings.h"

#include <stdbool.h>
#include <string.h>

#include "node_crc32.h"

typedef struct {
    uint32_t key;
    uint32_t value;
    uint32_t crc; // over key and value
    uint32_t unused;
} record_t;

static flash_settings_region_t flash;

void flash_settings_start(const flash_settings_region_t *region)
{
    flash = *region;
}

static uint32_t capacity(void)
{
    return flash.size / (uint32_t)sizeof(record_t);
}

static record_t read_record(uint32_t index)
{
    record_t record;
    memcpy(&record, flash.map + flash.offset + index * sizeof record, sizeof record);
    return record;
}

static uint32_t record_crc(const record_t *record)
{
    return node_crc32(0, record, offsetof(record_t, crc));
}

static bool is_erased(const record_t *record)
{
    return (record->key & record->value & record->crc & record->unused) == UINT32_MAX;
}

// The first erased record, capacity() when there is none.
static uint32_t used_records(void)
{
    uint32_t n = 0;
    while (n < capacity()) {
        const record_t record = read_record(n);
        if (is_erased(&record)) {
            break;
        }
        n++;
    }
    return n;
}

esp_err_t flash_setting_get(node_setting_t key, uint32_t *value)
{
    for (uint32_t i = used_records(); i-- > 0;) {
        const record_t record = read_record(i);
        if (record.key == (uint32_t)key && record.crc == record_crc(&record)) {
            *value = record.value;
            return ESP_OK;
        }
    }
    return ESP_ERR_NOT_FOUND;
}

static esp_err_t append(uint32_t index, uint32_t key, uint32_t value)
{
    record_t record = {key, value, 0, 0};
    record.crc = record_crc(&record);
    return flash.write(flash.offset + index * (uint32_t)sizeof record, &record, sizeof record);
}

// Erases and writes what was set, once each.
static esp_err_t compact(void)
{
    uint32_t values[NODE_SETTINGS];
    bool known[NODE_SETTINGS];
    for (uint32_t key = 0; key < NODE_SETTINGS; key++) {
        known[key] = flash_setting_get((node_setting_t)key, &values[key]) == ESP_OK;
    }
    esp_err_t err = flash.erase(flash.offset, flash.size);
    uint32_t index = 0;
    for (uint32_t key = 0; key < NODE_SETTINGS && !err; key++) {
        if (known[key]) {
            err = append(index++, key, values[key]);
        }
    }
    return err;
}

esp_err_t flash_setting_set(node_setting_t key, uint32_t value)
{
    uint32_t now;
    if (flash_setting_get(key, &now) == ESP_OK && now == value) {
        return ESP_OK;
    }
    if (used_records() == capacity()) {
        const esp_err_t err = compact();
        if (err) {
            return err;
        }
    }
    return append(used_records(), (uint32_t)key, value);
}
