// The link below UDP: a Wi-Fi station that joins the configured network, again and again.
#include <string.h>

#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "sdkconfig.h"

#include "port_network.h"
#include "port_settings.h"

static const char *const TAG = "link";

#if CONFIG_NODE_CSI
static const bool listens = true; // to channel state, with or without a network
#else
static const bool listens = false;
#endif

static bool joins;

static void on_wifi(void *unused, esp_event_base_t base, int32_t id, void *data)
{
    (void)unused;
    (void)base;
    if (id == WIFI_EVENT_STA_DISCONNECTED) {
        const wifi_event_sta_disconnected_t *event = data;
        ESP_LOGW(TAG, "not connected (reason %u), trying again", (unsigned)event->reason);
    }
    if (joins && (id == WIFI_EVENT_STA_START || id == WIFI_EVENT_STA_DISCONNECTED)) {
        (void)esp_wifi_connect();
    }
}

static void on_address(void *unused, esp_event_base_t base, int32_t id, void *data)
{
    (void)unused;
    (void)base;
    (void)id;
    const ip_event_got_ip_t *event = data;
    ESP_LOGI(TAG, "address " IPSTR, IP2STR(&event->ip_info.ip));
}

static esp_err_t open_interface(void)
{
    esp_err_t err = esp_netif_init();
    err = err ? err : esp_event_loop_create_default();
    if (err) {
        return err;
    }
    if (!esp_netif_create_default_wifi_sta()) {
        return ESP_ERR_NO_MEM;
    }
    err = esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_wifi, NULL);
    return err ? err : esp_event_handler_register(IP_EVENT, IP_EVENT_STA_GOT_IP, on_address, NULL);
}

// False: there is none.
static bool read_network(wifi_config_t *station)
{
    char ssid[33];
    char password[65];
    port_settings_wifi(ssid, sizeof ssid, password, sizeof password);
    memset(station, 0, sizeof *station);
    memcpy(station->sta.ssid, ssid, strlen(ssid)); // both fields need no terminator when full
    memcpy(station->sta.password, password, strlen(password));
    return ssid[0] != '\0';
}

static esp_err_t start_radio(wifi_config_t *station)
{
    const wifi_init_config_t init = WIFI_INIT_CONFIG_DEFAULT();
    esp_err_t err = open_interface();
    err = err ? err : esp_wifi_init(&init);
    err = err ? err : esp_wifi_set_storage(WIFI_STORAGE_RAM); // ours are in NVS already
    err = err ? err : esp_wifi_set_mode(WIFI_MODE_STA);
    if (joins) {
        err = err ? err : esp_wifi_set_config(WIFI_IF_STA, station);
    }
    err = err ? err : esp_wifi_set_ps(WIFI_PS_NONE);
    return err ? err : esp_wifi_start();
}

esp_err_t port_network_link_open(void)
{
    wifi_config_t station;
    joins = read_network(&station);
    if (!joins) {
        ESP_LOGW(TAG, "no network to join: set ssid and password");
    }
    if (!joins && !listens) {
        return ESP_ERR_NOT_FOUND;
    }
    const esp_err_t err = start_radio(&station);
    return err || joins ? err : ESP_ERR_NOT_FOUND;
}
