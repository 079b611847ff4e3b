// A flash with settings in it. The first bytes say whether the CRCs are made right, and when a
// write fails; the rest is what is in the flash.
#include "crc32_ieee.h"
#include "flash_settings.h"
#include "fuzz.h"
#include "machine_log.h"
#include "node_settings.h"

#define SECTOR       512u
#define REGION       (4u * SECTOR)
#define HEADER_BYTES 12u                        // magic, generation, crc
#define RECORD_BYTES (16u + NODE_SETTING_BYTES) // key, len, data, open, crc

static uint8_t flash[FLASH_SETTINGS_REGIONS * REGION];
static uint32_t writes_left;

static esp_err_t flash_write(uint32_t offset, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    REQUIRE(offset + len <= sizeof flash);
    if (writes_left-- == 0) {
        return ESP_FAIL;
    }
    for (size_t i = 0; i < len; i++) {
        flash[offset + i] &= bytes[i];
    }
    return ESP_OK;
}

static esp_err_t flash_erase(uint32_t offset, size_t len)
{
    REQUIRE(offset % SECTOR == 0 && len % SECTOR == 0 && offset + len <= sizeof flash);
    if (writes_left-- == 0) {
        return ESP_FAIL;
    }
    memset(flash + offset, 0xFF, len);
    return ESP_OK;
}

static const node_port_t port = {
    .setting_get = flash_setting_get,
    .setting_set = flash_setting_set,
    .setting_get_bytes = flash_setting_get_bytes,
    .setting_set_bytes = flash_setting_set_bytes,
};
const node_port_t *node_port = &port;

void machine_log(char level, const char *tag, const char *format, ...)
{
    (void)level, (void)tag, (void)format;
}

static void repair(void)
{
    for (uint32_t region = 0; region < FLASH_SETTINGS_REGIONS; region++) {
        uint8_t *const at = flash + region * REGION;
        uint32_t crc = crc32_ieee(0, at, HEADER_BYTES - sizeof crc);
        memcpy(at + HEADER_BYTES - sizeof crc, &crc, sizeof crc);
        for (uint32_t place = 1; place < REGION / RECORD_BYTES; place++) {
            uint8_t record[RECORD_BYTES];
            memcpy(record, at + place * RECORD_BYTES, sizeof record);
            memset(record + RECORD_BYTES - 2u * sizeof crc, 0, sizeof crc);
            crc = crc32_ieee(0, record, RECORD_BYTES - sizeof crc);
            memcpy(at + (place + 1u) * RECORD_BYTES - sizeof crc, &crc, sizeof crc);
        }
    }
}

static node_settings_lost_t boot(uint32_t region_bytes)
{
    const flash_settings_place_t place = {flash, 0, region_bytes, flash_write, flash_erase};
    const node_settings_lost_t lost = flash_settings_start(&place);
    node_settings_load();
    const node_settings_t *now = node_settings();
    REQUIRE(now->n_channels <= NODE_MAX_CHANNELS && now->edge_tier <= 2u);
    REQUIRE(!now->has_sender || (now->sender[0] & 1u) == 0);
    return lost;
}

// What is told as set is there, also after a boot.
static void set(input_t *input)
{
    uint8_t bytes[NODE_SETTING_BYTES + 4u], read[NODE_SETTING_BYTES + 4u];
    const node_setting_t key = (node_setting_t)(take_u8(input) % NODE_SETTINGS);
    size_t len = take_u8(input) % sizeof bytes, got = sizeof read;
    take(input, bytes, len);
    if (flash_setting_set_bytes(key, bytes, len) == ESP_OK) {
        REQUIRE(flash_setting_get_bytes(key, read, &got) == ESP_OK);
        REQUIRE(got == len && memcmp(bytes, read, len) == 0);
        (void)boot(REGION);
        got = sizeof read;
        REQUIRE(flash_setting_get_bytes(key, read, &got) == ESP_OK);
        REQUIRE(got == len && memcmp(bytes, read, len) == 0);
    }
}

static void set_checked(input_t *input)
{
    uint8_t bytes[NODE_SETTING_BYTES];
    uint32_t value;
    const node_setting_t key = (node_setting_t)(take_u8(input) % (NODE_SETTINGS + 1u));
    const size_t len = take_u8(input) % sizeof bytes;
    take(input, &value, sizeof value);
    take(input, bytes, len);
    (void)node_setting_set_number(key, value);
    (void)node_setting_set_channels(bytes, len);
    (void)node_setting_set_sender(bytes, len);
    node_settings_load();
}

static void read_all(void)
{
    for (uint32_t key = 0; key < NODE_SETTINGS; key++) {
        uint8_t data[NODE_SETTING_BYTES];
        uint32_t value;
        size_t len = sizeof data, none = 0;
        const esp_err_t err = flash_setting_get_bytes((node_setting_t)key, data, &len);
        REQUIRE(err == ESP_OK || err == ESP_ERR_NOT_FOUND);
        REQUIRE(err || len <= sizeof data);
        (void)flash_setting_get_bytes((node_setting_t)key, data, &none);
        (void)flash_setting_get((node_setting_t)key, &value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t orders[64];
    input_t input = {data, len};
    const uint8_t how = take_u8(&input);
    const uint8_t fails_at = take_u8(&input);
    take(&input, orders, sizeof orders);
    memset(flash, 0xFF, sizeof flash);
    const size_t image = input.left < sizeof flash ? input.left : sizeof flash;
    take(&input, flash, image);
    if (how & 1u) {
        repair();
    }
    writes_left = UINT32_MAX;
    (void)boot(how & 2u ? 2u * RECORD_BYTES : REGION);
    read_all();
    if (how & 2u) {
        uint8_t byte = 1;
        REQUIRE(flash_setting_set_bytes(0, &byte, 1) == ESP_ERR_NO_MEM);
        return 0;
    }
    writes_left = how & 4u ? fails_at : UINT32_MAX;
    input_t rest = {orders, sizeof orders};
    for (unsigned i = 0; i < 3u; i++) {
        set(&rest);
    }
    set_checked(&rest);
    return 0;
}
