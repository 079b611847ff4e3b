#include "flash_settings.h"

#include <stdbool.h>
#include <string.h>

#include "crc32_ieee.h"

#define HEADER_MAGIC 0x31545352u // "RST1"
#define NO_REGION    FLASH_SETTINGS_REGIONS

typedef struct {
    uint32_t key;
    uint32_t len;
    uint8_t data[NODE_SETTING_BYTES]; // [len] then zeros; a number is little-endian
    uint32_t unused;
    uint32_t crc; // over all before it
} record_t;

typedef struct {
    uint32_t magic;
    uint32_t generation; // the higher one is in use
    uint32_t crc;        // over all before it
} header_t;

_Static_assert(sizeof(header_t) <= sizeof(record_t), "the header has the first record's place");

static flash_settings_place_t flash;
static uint32_t region; // in use, or NO_REGION
static uint32_t generation;
static uint32_t used; // records of it up to the first erased one, the header's place among them

static uint32_t capacity(void)
{
    return flash.size / (uint32_t)sizeof(record_t);
}

static uint32_t place_of(uint32_t of_region, uint32_t index)
{
    return flash.offset + of_region * flash.size + index * (uint32_t)sizeof(record_t);
}

static record_t read_record(uint32_t index)
{
    record_t record;
    memcpy(&record, flash.map + place_of(region, index), sizeof record);
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

static bool is_sound(uint32_t of_region, uint32_t *its_generation)
{
    header_t header;
    memcpy(&header, flash.map + place_of(of_region, 0), sizeof header);
    *its_generation = header.generation;
    return header.magic == HEADER_MAGIC &&
           header.crc == crc32_ieee(0, &header, offsetof(header_t, crc));
}

void flash_settings_start(const flash_settings_place_t *place)
{
    flash = *place;
    region = NO_REGION;
    generation = 0;
    for (uint32_t i = 0; i < FLASH_SETTINGS_REGIONS; i++) {
        uint32_t found;
        if (is_sound(i, &found) && (region == NO_REGION || (int32_t)(found - generation) > 0)) {
            region = i;
            generation = found;
        }
    }
    used = 1;
    while (region != NO_REGION && used < capacity()) {
        const record_t record = read_record(used);
        if (is_erased(&record)) {
            break;
        }
        used++;
    }
}

static bool has_key(uint32_t index, node_setting_t key)
{
    uint32_t stored;
    memcpy(&stored, flash.map + place_of(region, index), sizeof stored);
    return stored == (uint32_t)key;
}

// The last sound record of the key.
static bool find(node_setting_t key, record_t *record)
{
    if (region == NO_REGION) {
        return false;
    }
    for (uint32_t i = used; i-- > 1;) {
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

static esp_err_t seal(uint32_t of_region, uint32_t its_generation)
{
    header_t header = {HEADER_MAGIC, its_generation, 0};
    header.crc = crc32_ieee(0, &header, offsetof(header_t, crc));
    return flash.write(place_of(of_region, 0), &header, sizeof header);
}

// Copies what is set, once each, to the other region, which then is in use.
static esp_err_t compact(void)
{
    const uint32_t to = region == 0 ? 1u : 0u;
    uint32_t n = 1;
    esp_err_t err = flash.erase(place_of(to, 0), flash.size);
    for (uint32_t key = 0; key < NODE_SETTINGS && !err; key++) {
        record_t record;
        if (find((node_setting_t)key, &record)) {
            err = flash.write(place_of(to, n++), &record, sizeof record);
        }
    }
    err = err ? err : seal(to, generation + 1u);
    if (!err) {
        region = to;
        generation++;
        used = n;
    }
    return err;
}

esp_err_t flash_setting_set_bytes(node_setting_t key, const void *data, size_t len)
{
    record_t record;
    if (len > sizeof record.data) {
        return ESP_ERR_INVALID_SIZE;
    }
    if (capacity() < 2u * NODE_SETTINGS) {
        return ESP_ERR_NO_MEM;
    }
    if (find(key, &record) && record.len == len && memcmp(record.data, data, len) == 0) {
        return ESP_OK;
    }
    if (region == NO_REGION || used == capacity()) {
        const esp_err_t err = compact();
        if (err) {
            return err;
        }
    }
    record = (record_t){.key = (uint32_t)key, .len = (uint32_t)len};
    memcpy(record.data, data, len);
    record.crc = record_crc(&record);
    // A record is used up even when writing it fails.
    return flash.write(place_of(region, used++), &record, sizeof record);
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
