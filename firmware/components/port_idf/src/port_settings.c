#include "port_settings.h"

#include <stdio.h>
#include <string.h>

#include "esp_log.h"
#include "nvs.h"
#include "nvs_flash.h"
#include "sdkconfig.h"

static const char *const TAG = "settings";

static const char *const keys[NODE_SETTINGS] = {
    [NODE_SETTING_EMBEDDED_WEIGHTS] = "embed_weights",
    [NODE_SETTING_START_HEAD] = "start_head",
};

static nvs_handle_t handle;
static bool is_open;

void port_settings_open(void)
{
    esp_err_t err = nvs_flash_init();
    if (err == ESP_ERR_NVS_NO_FREE_PAGES || err == ESP_ERR_NVS_NEW_VERSION_FOUND) {
        ESP_LOGW(TAG, "NVS is unreadable (%s): erased, every setting has its default",
                 esp_err_to_name(err));
        err = nvs_flash_erase();
        err = err ? err : nvs_flash_init();
    }
    err = err ? err : nvs_open("node", NVS_READWRITE, &handle);
    if (err) {
        ESP_LOGE(TAG, "no NVS (%s): every setting has its default", esp_err_to_name(err));
    }
    is_open = err == ESP_OK;
}

esp_err_t port_settings_get(node_setting_t key, uint32_t *value)
{
    if (!is_open) {
        return ESP_ERR_NOT_FOUND;
    }
    const esp_err_t err = nvs_get_u32(handle, keys[key], value);
    return err == ESP_ERR_NVS_NOT_FOUND ? ESP_ERR_NOT_FOUND : err;
}

esp_err_t port_settings_set(node_setting_t key, uint32_t value)
{
    if (!is_open) {
        return ESP_ERR_INVALID_STATE;
    }
    const esp_err_t err = nvs_set_u32(handle, keys[key], value);
    return err ? err : nvs_commit(handle);
}

uint8_t port_settings_node_id(void)
{
    uint8_t id = CONFIG_NODE_ID;
    if (is_open) {
        (void)nvs_get_u8(handle, "node_id", &id); // leaves it alone when it is not there
    }
    return id;
}

#if !CONFIG_NODE_NETWORK_NONE

uint16_t port_settings_target_port(void)
{
    uint16_t port = CONFIG_NODE_TARGET_PORT;
    if (is_open) {
        (void)nvs_get_u16(handle, "target_port", &port);
    }
    return port;
}

static void get_text(const char *key, const char *fallback, char *text, size_t len)
{
    size_t found = len;
    if (!is_open || nvs_get_str(handle, key, text, &found) != ESP_OK) {
        (void)snprintf(text, len, "%s", fallback);
    }
}

void port_settings_target_host(char *host, size_t len)
{
    get_text("target_host", CONFIG_NODE_TARGET_HOST, host, len);
}

void port_settings_wifi(char *ssid, size_t ssid_len, char *password, size_t password_len)
{
    get_text("ssid", "", ssid, ssid_len);
    get_text("password", "", password, password_len);
}

#endif
