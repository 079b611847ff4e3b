// The link below UDP: a Wi-Fi station that joins the configured network, and joins it again when it
// is lost.
#include <string.h>

#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_random.h"
#include "esp_timer.h"
#include "esp_wifi.h"
#include "sdkconfig.h"

#include "node_port_parts.h"
#include "radio_time.h"

static const char *const TAG = "link";

#if CONFIG_NODE_CSI
static const bool listens = true; // takes channel state, with or without a network
#else
static const bool listens = false;
#endif

static bool joins;        // there is a network to join
static uint32_t failures; // in a row, since the network last gave an address
static esp_timer_handle_t again;

static void join(void *unused)
{
    (void)unused;
    (void)esp_wifi_connect(); // an event has the result
}

static void join_later(uint8_t reason)
{
    failures++;
    const uint32_t delay_ms = reconnect_delay_ms(failures, esp_random());
    ESP_LOGW(TAG, "not connected (reason %u), trying again in %u ms", (unsigned)reason,
             (unsigned)delay_ms);
    (void)esp_timer_stop(again);
    if (esp_timer_start_once(again, (uint64_t)delay_ms * 1000u)) {
        join(NULL);
    }
}

static void on_wifi(void *unused, esp_event_base_t base, int32_t id, void *data)
{
    (void)unused;
    (void)base;
    if (id == WIFI_EVENT_STA_START && joins) {
        join(NULL);
    }
    if (id == WIFI_EVENT_STA_DISCONNECTED) {
        const wifi_event_sta_disconnected_t *event = data;
        port_traffic_end();
        if (joins) {
            join_later(event->reason);
        }
    }
}

static void on_address(void *unused, esp_event_base_t base, int32_t id, void *data)
{
    (void)unused;
    (void)base;
    if (id == IP_EVENT_STA_LOST_IP) {
        port_traffic_end();
        return;
    }
    if (id == IP_EVENT_STA_GOT_IP) {
        const ip_event_got_ip_t *event = data;
        ESP_LOGI(TAG, "address " IPSTR, IP2STR(&event->ip_info.ip));
        failures = 0;
        if (listens) {
            port_traffic_begin(event->ip_info.gw.addr);
        }
    }
}

static esp_err_t open_interface(void)
{
    const esp_timer_create_args_t timer = {.callback = join, .name = "join"};
    esp_err_t err = esp_netif_init();
    err = err ? err : esp_event_loop_create_default();
    err = err ? err : esp_timer_create(&timer, &again);
    if (listens) {
        err = err ? err : port_traffic_open();
    }
    if (err) {
        return err;
    }
    if (!esp_netif_create_default_wifi_sta()) {
        return ESP_ERR_NO_MEM;
    }
    err = esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_wifi, NULL);
    return err ? err : esp_event_handler_register(IP_EVENT, ESP_EVENT_ANY_ID, on_address, NULL);
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
    err = err ? err
              : esp_wifi_set_storage(WIFI_STORAGE_RAM); // the node's settings are in NVS already
    err = err ? err : esp_wifi_set_mode(WIFI_MODE_STA);
    if (joins) {
        err = err ? err : esp_wifi_set_config(WIFI_IF_STA, station);
    }
#if !CONFIG_SOC_WIFI_HE_SUPPORT // chips with Wi-Fi 6 stay in 20 MHz by themselves
    if (listens) {              // in 20 MHz both training fields of a packet have the same carriers
        err = err ? err : esp_wifi_set_bandwidth(WIFI_IF_STA, WIFI_BW_HT20);
    }
#endif
    // A radio that sleeps misses frames, and the times of the others are not precise.
    err = err ? err : esp_wifi_set_ps(WIFI_PS_NONE);
    return err ? err : esp_wifi_start();
}

esp_err_t port_link_open(void)
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

bool port_link_joins(void)
{
    return joins;
}
