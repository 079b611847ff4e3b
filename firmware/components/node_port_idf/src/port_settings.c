#include "node_port_parts.h"

#include <stdio.h>
#include <string.h>

#include "esp_log.h"
#include "esp_partition.h"
#include "nvs.h"
#include "nvs_flash.h"
#include "sdkconfig.h"

static const char *const TAG = "settings";

static nvs_handle_t handle;
static bool is_open;

// This mark stays in NVS until NVS is written again from outside, so that it is seen after the next
// restart too.
#define ERASED_KEY "erased"

// Erased flash is all ones; an image file that was never erased is all zeros.
static bool is_blank(void)
{
    const esp_partition_t *nvs =
        esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_NVS, NULL);
    uint8_t piece[64];
    uint8_t filling = 0xFF;
    for (uint32_t at = 0; nvs && at < nvs->size; at += sizeof piece) {
        if (esp_partition_read(nvs, at, piece, sizeof piece)) {
            return false;
        }
        filling = at == 0 ? piece[0] : filling;
        for (size_t i = 0; i < sizeof piece; i++) {
            if (piece[i] != filling) {
                return false;
            }
        }
    }
    return filling == 0xFFu || filling == 0;
}

// NVS drops pages that it cannot read without reporting it.
static bool is_empty(void)
{
    nvs_stats_t stats;
    return nvs_get_stats(NULL, &stats) == ESP_OK && stats.used_entries == 0;
}

static bool was_erased(bool now)
{
    uint8_t mark = 0;
    if (now) {
        (void)nvs_set_u8(handle, ERASED_KEY, 1);
        (void)nvs_commit(handle);
    }
    return now || (nvs_get_u8(handle, ERASED_KEY, &mark) == ESP_OK && mark != 0);
}

node_settings_lost_t port_settings_open(void)
{
    bool erased = false;
    const bool was_blank = is_blank();
    esp_err_t err = nvs_flash_init();
    if (err == ESP_ERR_NVS_NO_FREE_PAGES || err == ESP_ERR_NVS_NEW_VERSION_FOUND) {
        ESP_LOGW(TAG, "NVS is unreadable (%s): erased, every setting has its default",
                 esp_err_to_name(err));
        erased = true;
        err = nvs_flash_erase();
        err = err ? err : nvs_flash_init();
    }
    erased = erased || (!err && !was_blank && is_empty());
    err = err ? err : nvs_open("node", NVS_READWRITE, &handle);
    if (err) {
        ESP_LOGE(TAG, "no NVS (%s): every setting has its default", esp_err_to_name(err));
    }
    is_open = err == ESP_OK;
    if (!is_open) {
        return NODE_SETTINGS_NO_STORE;
    }
    return was_erased(erased) ? NODE_SETTINGS_ERASED : NODE_SETTINGS_KEPT;
}

static const char *name_of(node_setting_t key)
{
    return node_setting_list[key].name;
}

static esp_err_t get_narrow(node_setting_t key, uint32_t *value)
{
    uint8_t byte = 0;
    uint16_t half = 0;
    const bool is_byte = node_setting_list[key].kind == SETTING_U8;
    const esp_err_t err = is_byte ? nvs_get_u8(handle, name_of(key), &byte)
                                  : nvs_get_u16(handle, name_of(key), &half);
    if (!err) {
        *value = is_byte ? byte : half;
    }
    return err;
}

esp_err_t port_settings_get(node_setting_t key, uint32_t *value)
{
    if (!is_open) {
        return ESP_ERR_NOT_FOUND;
    }
    const esp_err_t err = node_setting_list[key].kind == SETTING_U32
                              ? nvs_get_u32(handle, name_of(key), value)
                              : get_narrow(key, value);
    return err == ESP_ERR_NVS_NOT_FOUND ? ESP_ERR_NOT_FOUND : err;
}

static esp_err_t finish(esp_err_t err)
{
    return err ? err : nvs_commit(handle);
}

esp_err_t port_settings_set(node_setting_t key, uint32_t value)
{
    if (!is_open) {
        return ESP_ERR_INVALID_STATE;
    }
    switch (node_setting_list[key].kind) {
    case SETTING_U8:
        return finish(nvs_set_u8(handle, name_of(key), (uint8_t)value));
    case SETTING_U16:
        return finish(nvs_set_u16(handle, name_of(key), (uint16_t)value));
    case SETTING_U32:
        return finish(nvs_set_u32(handle, name_of(key), value));
    case SETTING_TEXT:
    case SETTING_BYTES:
        break;
    }
    return ESP_ERR_INVALID_ARG;
}

esp_err_t port_settings_get_bytes(node_setting_t key, void *data, size_t *len)
{
    if (!is_open) {
        return ESP_ERR_NOT_FOUND;
    }
    const esp_err_t err = nvs_get_blob(handle, name_of(key), data, len);
    if (err == ESP_ERR_NVS_INVALID_LENGTH) {
        return ESP_ERR_INVALID_SIZE;
    }
    return err == ESP_ERR_NVS_NOT_FOUND ? ESP_ERR_NOT_FOUND : err;
}

esp_err_t port_settings_set_bytes(node_setting_t key, const void *data, size_t len)
{
    if (!is_open) {
        return ESP_ERR_INVALID_STATE;
    }
    if (len > 0) {
        return finish(nvs_set_blob(handle, name_of(key), data, len));
    }
    const esp_err_t err = nvs_erase_key(handle, name_of(key)); // an empty value counts as never set
    return err == ESP_ERR_NVS_NOT_FOUND ? ESP_OK : finish(err);
}

#if !CONFIG_NODE_NETWORK_NONE

uint16_t port_settings_target_port(void)
{
    uint32_t port = 0;
    const node_setting_info_t *info = &node_setting_list[NODE_SETTING_TARGET_PORT];
    if (port_settings_get(NODE_SETTING_TARGET_PORT, &port) != ESP_OK) {
        return CONFIG_NODE_TARGET_PORT;
    }
    if (port < info->low || port > info->high) { // another program may have written it
        ESP_LOGW(TAG, "target_port = %u is not in %u to %u: it is %u", (unsigned)port,
                 (unsigned)info->low, (unsigned)info->high, (unsigned)CONFIG_NODE_TARGET_PORT);
        return CONFIG_NODE_TARGET_PORT;
    }
    return (uint16_t)port;
}

static void get_text(node_setting_t key, const char *fallback, char *text, size_t len)
{
    size_t found = len;
    if (!is_open || nvs_get_str(handle, name_of(key), text, &found) != ESP_OK) {
        (void)snprintf(text, len, "%s", fallback);
    }
}

void port_settings_target_host(char *host, size_t len)
{
    get_text(NODE_SETTING_TARGET_HOST, CONFIG_NODE_TARGET_HOST, host, len);
}

void port_settings_wifi(char *ssid, size_t ssid_len, char *password, size_t password_len)
{
    get_text(NODE_SETTING_SSID, "", ssid, ssid_len);
    get_text(NODE_SETTING_PASSWORD, "", password, password_len);
}

#endif
