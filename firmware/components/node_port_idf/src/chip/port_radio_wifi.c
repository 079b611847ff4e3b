// The driver's callback gives the channel state of every frame that is received: from the access
// point if the node has joined one, else from anybody on the channel.
#include <stdatomic.h>
#include <string.h>

#include "esp_event.h"
#include "esp_log.h"
#include "esp_wifi.h"
#include "sdkconfig.h"

#include "csi_collector.h"
#include "machine_port.h"
#include "node_port_parts.h"
#include "node_settings.h"
#include "port_reception.h"
#include "radio_time.h"

static const char *const TAG = "radio";

typedef void (*receiver_t)(const csi_frame_t *frame);

static _Atomic(receiver_t) receiver;
static bool is_station; // joins a network: the channel is the access point's
static radio_stamp_t last_stamp;

// In the driver's own thread. A frame in which the chip found no channel state is handed over
// without pairs, so that it is counted.
static void on_csi(void *unused, wifi_csi_info_t *info)
{
    (void)unused;
    const receiver_t receive = atomic_load(&receiver);
    if (!receive || !info) {
        return;
    }
    const bool is_valid = info->buf && port_reception_is_valid(info);
    csi_frame_t frame = {
        .ts_us = radio_stamp_us(&last_stamp, info->rx_ctrl.timestamp, machine_port->clock_us()),
        .channel = (uint8_t)info->rx_ctrl.channel,
        .n_antennas = 1,
        .n_subcarriers = is_valid ? (uint16_t)(info->len / 2u) : 0u,
        .layout = port_reception_layout(info),
        .rssi = (int8_t)info->rx_ctrl.rssi,
        .noise_floor = (int8_t)info->rx_ctrl.noise_floor,
        .iq = info->buf,
    };
    memcpy(frame.mac, info->mac, sizeof frame.mac);
    receive(&frame);
}

// Only frames of the access point are taken.
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

// Until the network is joined no frame is taken: what a scan hears is not the link through the
// room.
static void filter_sender(void)
{
    static const uint8_t nobody[NODE_MAC_BYTES];
    wifi_ap_record_t joined;
    if (is_station) {
        csi_collector_filter(esp_wifi_sta_get_ap_info(&joined) == ESP_OK ? joined.bssid : nobody);
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
    last_stamp = (radio_stamp_t){0};
    atomic_store(&receiver, receive); // from now on on_connected sets the filter
    filter_sender();
    esp_err_t err = is_station ? ESP_OK : esp_wifi_set_promiscuous(true);
    err = err ? err : port_reception_configure();
    err = err ? err : esp_wifi_set_csi_rx_cb(on_csi, NULL);
    err = err ? err : esp_wifi_set_csi(true);
    if (err) {
        radio_stop();
        return err;
    }
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

const node_radio_t *port_radio_open(void)
{
    wifi_mode_t mode;
    if (esp_wifi_get_mode(&mode) != ESP_OK) {
        ESP_LOGW(TAG, "Wi-Fi is not up: no channel state");
        return NULL;
    }
    is_station = port_link_joins();
    const esp_err_t err =
        esp_event_handler_register(WIFI_EVENT, WIFI_EVENT_STA_CONNECTED, on_connected, NULL);
    if (err) {
        ESP_LOGE(TAG, "no channel state: %s", esp_err_to_name(err));
        return NULL;
    }
    return &radio;
}
