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
    uint32_t open;                    // all ones until the rest has been read back, then 0
    uint32_t crc;                     // over all before it, with `open` 0
} record_t;

typedef struct {
    uint32_t magic;
    uint32_t generation; // the higher one is in use
    uint32_t crc;        // over all before it
} header_t;

#define HEADER_COPIES 2u // one of them may be damaged

_Static_assert(sizeof(header_t) * HEADER_COPIES <= sizeof(record_t), "they have a record's place");

static flash_settings_place_t flash;
static uint32_t region; // in use, or NO_REGION
static uint32_t generation;
static uint32_t used; // places of it up to the last that is not erased, the header's among them

static uint32_t capacity(void)
{
    return flash.size / (uint32_t)sizeof(record_t);
}

static uint32_t place_of(uint32_t of_region, uint32_t index)
{
    return flash.offset + of_region * flash.size + index * (uint32_t)sizeof(record_t);
}

static record_t read_record(uint32_t of_region, uint32_t index)
{
    record_t record;
    memcpy(&record, flash.map + place_of(of_region, index), sizeof record);
    return record;
}

static uint32_t record_crc(record_t record)
{
    record.open = 0;
    return crc32_ieee(0, &record, offsetof(record_t, crc));
}

static bool is_filled(const record_t *record, uint8_t filling)
{
    const uint8_t *bytes = (const uint8_t *)record;
    for (size_t i = 0; i < sizeof *record; i++) {
        if (bytes[i] != filling) {
            return false;
        }
    }
    return true;
}

static bool is_whole(const record_t *record)
{
    return record->len <= sizeof record->data && record->crc == record_crc(*record);
}

// Whether it was whole once and is no more. One bit of `open` may be wrong as well. An image file
// that was never erased is all zeros, and nothing was ever there.
static bool is_damaged(const record_t *record)
{
    const bool was_closed = (record->open & 0xFFFFu) == 0 || record->open >> 16u == 0;
    return was_closed && !is_filled(record, 0) && !is_whole(record);
}

static bool is_sealed(uint32_t of_region, uint32_t *its_generation)
{
    for (uint32_t copy = 0; copy < HEADER_COPIES; copy++) {
        header_t header;
        memcpy(&header, flash.map + place_of(of_region, 0) + copy * sizeof header, sizeof header);
        *its_generation = header.generation;
        if (header.magic == HEADER_MAGIC &&
            header.crc == crc32_ieee(0, &header, offsetof(header_t, crc))) {
            return true;
        }
    }
    return false;
}

static bool has_records(uint32_t of_region, bool (*that_are)(const record_t *record))
{
    for (uint32_t i = 1; i < capacity(); i++) {
        const record_t record = read_record(of_region, i);
        if (that_are(&record)) {
            return true;
        }
    }
    return false;
}

static node_settings_lost_t what_is_lost(void)
{
    if (region != NO_REGION) {
        return has_records(region, is_damaged) ? NODE_SETTINGS_DAMAGED : NODE_SETTINGS_KEPT;
    }
    for (uint32_t i = 0; i < FLASH_SETTINGS_REGIONS; i++) {
        if (has_records(i, is_whole)) {
            return NODE_SETTINGS_ERASED;
        }
    }
    return NODE_SETTINGS_KEPT;
}

static uint32_t used_places(void)
{
    for (uint32_t i = capacity(); region != NO_REGION && i > 1; i--) {
        const record_t record = read_record(region, i - 1u);
        if (!is_filled(&record, 0xFFu)) {
            return i;
        }
    }
    return 1;
}

node_settings_lost_t flash_settings_start(const flash_settings_place_t *place)
{
    flash = *place;
    region = NO_REGION;
    generation = 0;
    for (uint32_t i = 0; i < FLASH_SETTINGS_REGIONS; i++) {
        uint32_t found;
        if (is_sealed(i, &found) && (region == NO_REGION || (int32_t)(found - generation) > 0)) {
            region = i;
            generation = found;
        }
    }
    used = used_places();
    return what_is_lost();
}

static bool has_key(uint32_t index, node_setting_t key)
{
    uint32_t stored;
    memcpy(&stored, flash.map + place_of(region, index), sizeof stored);
    return stored == (uint32_t)key;
}

// The last whole record of the key.
static bool find(node_setting_t key, record_t *record)
{
    if (region == NO_REGION) {
        return false;
    }
    for (uint32_t i = used; i-- > 1;) {
        if (!has_key(i, key)) {
            continue;
        }
        *record = read_record(region, i);
        if (is_whole(record)) {
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

// Programs and reads back.
static esp_err_t program(uint32_t offset, const void *data, size_t len)
{
    const esp_err_t err = flash.write(offset, data, len);
    if (err) {
        return err;
    }
    return memcmp(flash.map + offset, data, len) == 0 ? ESP_OK : ESP_FAIL;
}

static esp_err_t write_record(uint32_t offset, record_t record)
{
    const uint32_t closed = 0;
    record.crc = record_crc(record);
    record.open = UINT32_MAX;
    const esp_err_t err = program(offset, &record, sizeof record);
    return err ? err : program(offset + offsetof(record_t, open), &closed, sizeof closed);
}

// Into the next place where it holds. A place is used up even when it does not.
static esp_err_t append(uint32_t of_region, uint32_t *next, const record_t *record)
{
    esp_err_t err = ESP_FAIL;
    while (err && *next < capacity()) {
        err = write_record(place_of(of_region, (*next)++), *record);
    }
    return err;
}

static esp_err_t seal(uint32_t of_region, uint32_t its_generation)
{
    header_t header = {HEADER_MAGIC, its_generation, 0};
    header.crc = crc32_ieee(0, &header, offsetof(header_t, crc));
    const header_t copies[HEADER_COPIES] = {header, header};
    const esp_err_t err = flash.write(place_of(of_region, 0), copies, sizeof copies);
    if (err) {
        return err;
    }
    uint32_t found;
    return is_sealed(of_region, &found) && found == its_generation ? ESP_OK : ESP_FAIL;
}

// A record left behind would pass for a newer value. Single bits that stay do no harm.
static esp_err_t erase_region(uint32_t of_region)
{
    const esp_err_t err = flash.erase(place_of(of_region, 0), flash.size);
    if (err) {
        return err;
    }
    const bool is_left = has_records(of_region, is_whole) || has_records(of_region, is_damaged);
    return is_left ? ESP_FAIL : ESP_OK;
}

// A closed record with nothing in it is a damaged one: what was lost stays told.
static void note_loss(uint32_t to, uint32_t *next)
{
    const uint32_t closed = 0;
    (void)program(place_of(to, (*next)++) + offsetof(record_t, open), &closed, sizeof closed);
}

// Copies what is set, once each, to the other region, which then is in use.
static esp_err_t compact(void)
{
    const uint32_t to = region == 0 ? 1u : 0u;
    uint32_t n = 1;
    const bool lost = what_is_lost() != NODE_SETTINGS_KEPT;
    esp_err_t err = erase_region(to);
    if (!err && lost) {
        note_loss(to, &n);
    }
    for (uint32_t key = 0; key < NODE_SETTINGS && !err; key++) {
        record_t record;
        if (find((node_setting_t)key, &record)) {
            err = append(to, &n, &record);
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
    record = (record_t){.key = (uint32_t)key, .len = (uint32_t)len};
    memcpy(record.data, data, len);
    esp_err_t err = region == NO_REGION ? ESP_FAIL : append(region, &used, &record);
    if (err) {
        err = compact();
        err = err ? err : append(region, &used, &record);
    }
    return err;
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
