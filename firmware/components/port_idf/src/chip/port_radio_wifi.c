// The driver's callback gives the channel state of every frame that is heard: of the access
// point's, where the node has joined one, else of whatever is on the channel.
#include <stdatomic.h>
#include <string.h>

#include "esp_event.h"
#include "esp_log.h"
#include "esp_wifi.h"
#include "sdkconfig.h"

#include "csi_collector.h"
#include "node_settings.h"
#include "port_clock.h"
#include "port_radio.h"
#include "port_settings.h"

static const char *const TAG = "radio";

typedef void (*receiver_t)(const csi_frame_t *frame);

static _Atomic(receiver_t) receiver;
static bool is_station; // joins a network: the channel is the access point's

// In the driver's own thread. One antenna; the long training field alone, which every frame has, so
// that all of them have the same subcarriers.
static void on_csi(void *unused, wifi_csi_info_t *info)
{
    (void)unused;
    const receiver_t receive = atomic_load(&receiver);
    if (!receive || !info) {
        return;
    }
    if (info->first_word_invalid && info->buf && info->len >= sizeof(uint32_t)) {
        memset(info->buf, 0, sizeof(uint32_t)); // two subcarriers that were not measured
    }
    csi_frame_t frame = {
        .ts_us = port_clock_us(),
        .channel = (uint8_t)info->rx_ctrl.channel,
        .n_antennas = 1,
        .n_subcarriers = (uint16_t)(info->len / 2u),
        .rssi = (int8_t)info->rx_ctrl.rssi,
        .noise_floor = (int8_t)info->rx_ctrl.noise_floor,
        .iq = info->buf,
    };
    memcpy(frame.mac, info->mac, sizeof frame.mac);
    receive(&frame);
}

static esp_err_t configure(void)
{
#if CONFIG_SOC_WIFI_HE_SUPPORT
    const wifi_csi_config_t config = {.enable = 1, .acquire_csi_legacy = 1};
#else
    const wifi_csi_config_t config = {.lltf_en = true, .channel_filter_en = false};
#endif
    return esp_wifi_set_csi_config(&config);
}

// Only who serves the network is listened to.
static void on_connected(void *unused, esp_event_base_t base, int32_t id, void *data)
{
    (void)unused;
    (void)base;
    (void)id;
    const wifi_event_sta_connected_t *event = data;
    if (atomic_load(&receiver)) {
        csi_collector_filter(event->bssid);
    }
}

static void filter_present_sender(void)
{
    wifi_ap_record_t joined;
    if (is_station && esp_wifi_sta_get_ap_info(&joined) == ESP_OK) {
        csi_collector_filter(joined.bssid);
    }
}

static void radio_stop(void)
{
    atomic_store(&receiver, NULL);
    (void)esp_wifi_set_csi(false);
    (void)esp_wifi_set_csi_rx_cb(NULL, NULL);
    if (!is_station) {
        (void)esp_wifi_set_promiscuous(false);
    }
}

static esp_err_t radio_start(void (*receive)(const csi_frame_t *frame))
{
    esp_err_t err = is_station ? ESP_OK : esp_wifi_set_promiscuous(true);
    err = err ? err : configure();
    err = err ? err : esp_wifi_set_csi_rx_cb(on_csi, NULL);
    err = err ? err : esp_wifi_set_csi(true);
    if (err) {
        radio_stop();
        return err;
    }
    filter_present_sender();
    atomic_store(&receiver, receive);
    if (is_station || node_settings()->has_sender) {
        ESP_LOGI(TAG, "channel state of %s", is_station ? "the access point" : "one sender");
    } else {
        ESP_LOGW(TAG, "channel state of all on the channel: to sense, set ssid or sender");
    }
    return ESP_OK;
}

static esp_err_t radio_set_channel(uint8_t channel)
{
    return is_station ? ESP_ERR_NOT_SUPPORTED
                      : esp_wifi_set_channel(channel, WIFI_SECOND_CHAN_NONE);
}

static const node_radio_t radio = {radio_start, radio_stop, radio_set_channel};

static bool has_network(void)
{
    char ssid[33];
    char password[65];
    port_settings_wifi(ssid, sizeof ssid, password, sizeof password);
    return ssid[0] != '\0';
}

const node_radio_t *port_radio_open(void)
{
    wifi_mode_t mode;
    if (esp_wifi_get_mode(&mode) != ESP_OK) {
        ESP_LOGW(TAG, "Wi-Fi is not up: no channel state");
        return NULL;
    }
    is_station = has_network();
    const esp_err_t err =
        esp_event_handler_register(WIFI_EVENT, WIFI_EVENT_STA_CONNECTED, on_connected, NULL);
    if (err) {
        ESP_LOGE(TAG, "no channel state: %s", esp_err_to_name(err));
        return NULL;
    }
    return &radio;
}
