#include "flash_settings.h"

#include <stdbool.h>
#include <string.h>

#include "crc32_ieee.h"

typedef struct {
    uint32_t key;
    uint32_t len;
    uint8_t data[NODE_SETTING_BYTES]; // [len] then zeros; a number is little-endian
    uint32_t unused;
    uint32_t crc; // over all before it
} record_t;

static flash_settings_region_t flash;
static uint32_t used; // records, up to the first erased one

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
    return crc32_ieee(0, record, offsetof(record_t, crc));
}

static bool is_erased(const record_t *record)
{
    const uint8_t *bytes = (const uint8_t *)record;
    for (size_t i = 0; i < sizeof *record; i++) {
        if (bytes[i] != 0xFFu) {
            return false;
        }
    }
    return true;
}

void flash_settings_start(const flash_settings_region_t *region)
{
    flash = *region;
    for (used = 0; used < capacity(); used++) {
        const record_t record = read_record(used);
        if (is_erased(&record)) {
            break;
        }
    }
}

static bool has_key(uint32_t index, node_setting_t key)
{
    uint32_t stored;
    memcpy(&stored, flash.map + flash.offset + index * sizeof(record_t), sizeof stored);
    return stored == (uint32_t)key;
}

// The last sound record of the key.
static bool find(node_setting_t key, record_t *record)
{
    for (uint32_t i = used; i-- > 0;) {
        if (!has_key(i, key)) {
            continue;
        }
        *record = read_record(i);
        if (record->len <= sizeof record->data && record->crc == record_crc(record)) {
            return true;
        }
    }
    return false;
}

esp_err_t flash_setting_get_bytes(node_setting_t key, void *data, size_t *len)
{
    record_t record;
    if (!find(key, &record)) {
        return ESP_ERR_NOT_FOUND;
    }
    if (record.len > *len) {
        return ESP_ERR_INVALID_SIZE;
    }
    memcpy(data, record.data, record.len);
    *len = record.len;
    return ESP_OK;
}

// A record is used up even when writing it fails.
static esp_err_t append(record_t *record)
{
    record->crc = record_crc(record);
    const uint32_t index = used++;
    return flash.write(flash.offset + index * (uint32_t)sizeof *record, record, sizeof *record);
}

// Erases and writes what was set, once each.
static esp_err_t compact(void)
{
    record_t records[NODE_SETTINGS];
    uint32_t n = 0;
    for (uint32_t key = 0; key < NODE_SETTINGS; key++) {
        n += find((node_setting_t)key, &records[n]);
    }
    esp_err_t err = flash.erase(flash.offset, flash.size);
    used = err ? used : 0;
    for (uint32_t i = 0; i < n && !err; i++) {
        err = append(&records[i]);
    }
    return err;
}

esp_err_t flash_setting_set_bytes(node_setting_t key, const void *data, size_t len)
{
    record_t record;
    if (len > sizeof record.data) {
        return ESP_ERR_INVALID_SIZE;
    }
    if (find(key, &record) && record.len == len && memcmp(record.data, data, len) == 0) {
        return ESP_OK;
    }
    if (used == capacity()) {
        const esp_err_t err = compact();
        if (err) {
            return err;
        }
    }
    record = (record_t){.key = (uint32_t)key, .len = (uint32_t)len};
    memcpy(record.data, data, len);
    return append(&record);
}

esp_err_t flash_setting_get(node_setting_t key, uint32_t *value)
{
    size_t len = sizeof *value;
    const esp_err_t err = flash_setting_get_bytes(key, value, &len);
    return err == ESP_OK && len != sizeof *value ? ESP_ERR_NOT_FOUND : err;
}

esp_err_t flash_setting_set(node_setting_t key, uint32_t value)
{
    return flash_setting_set_bytes(key, &value, sizeof value);
}
