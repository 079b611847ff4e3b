#include "node_settings.h"

#include <inttypes.h>
#include <string.h>

#include "machine_log.h"
#include "node_port.h"

#define THOUSANDTHS 1000.0f

static const char *const TAG = "settings";

#define INFO(id, name, kind, low, high, fallback) {name, SETTING_##kind, low, high, fallback},
const node_setting_info_t node_setting_list[NODE_SETTINGS] = {NODE_SETTING_LIST(INFO)};
#undef INFO

static node_settings_t settings;

const node_settings_t *node_settings(void)
{
    return &settings;
}

static bool is_in_range(const node_setting_info_t *info, uint32_t value)
{
    return value >= info->low && value <= info->high;
}

static uint32_t number(node_setting_t key)
{
    const node_setting_info_t *info = &node_setting_list[key];
    uint32_t value = 0;
    if (node_port->setting_get(key, &value) != ESP_OK) {
        return info->fallback;
    }
    if (!is_in_range(info, value)) {
        MACHINE_LOGW(TAG, "%s = %" PRIu32 " is not in %" PRIu32 " to %" PRIu32 ": it is %" PRIu32,
                     info->name, value, info->low, info->high, info->fallback);
        return info->fallback;
    }
    return value;
}

static float share(node_setting_t key)
{
    return (float)number(key) / THOUSANDTHS;
}

static bool are_channels(const uint8_t *channels /*[n]*/, size_t n)
{
    uint32_t seen = 0;
    for (size_t i = 0; i < n; i++) {
        if (channels[i] < 1u || channels[i] > NODE_MAX_CHANNELS || (seen >> channels[i] & 1u)) {
            return false;
        }
        seen |= 1u << channels[i];
    }
    return n <= NODE_MAX_CHANNELS;
}

static void load_channels(void)
{
    uint8_t stored[NODE_SETTING_BYTES];
    size_t n = sizeof stored;
    settings.n_channels = 0;
    memset(settings.channels, 0, sizeof settings.channels);
    const esp_err_t err = node_port->setting_get_bytes(NODE_SETTING_HOP_TABLE, stored, &n);
    if (err != ESP_OK && err != ESP_ERR_INVALID_SIZE) {
        return;
    }
    if (err || !are_channels(stored, n)) {
        MACHINE_LOGW(TAG, "hop_table is no list of channels: no hopping");
        return;
    }
    settings.n_channels = (uint8_t)n;
    memcpy(settings.channels, stored, n);
}

// A sender has an individual address, not that of a group.
static bool is_sender(const uint8_t *mac /*[n]*/, size_t n)
{
    static const uint8_t nobody[NODE_MAC_BYTES];
    return n == NODE_MAC_BYTES && (mac[0] & 1u) == 0 && memcmp(mac, nobody, n) != 0;
}

static void load_sender(void)
{
    uint8_t stored[NODE_SETTING_BYTES];
    size_t n = sizeof stored;
    const esp_err_t err = node_port->setting_get_bytes(NODE_SETTING_SENDER, stored, &n);
    const bool is_set = err == ESP_ERR_INVALID_SIZE || (err == ESP_OK && n > 0);
    settings.has_sender = err == ESP_OK && is_sender(stored, n);
    memset(settings.sender, 0, sizeof settings.sender);
    if (settings.has_sender) {
        memcpy(settings.sender, stored, n);
    } else if (is_set) {
        MACHINE_LOGW(TAG, "sender is no address of one: frames of all are taken");
    }
}

void node_settings_load(void)
{
    settings.embed_weights = number(NODE_SETTING_EMBED_WEIGHTS) != 0;
    settings.start_head = number(NODE_SETTING_START_HEAD) != 0;
    settings.node_id = (uint8_t)number(NODE_SETTING_NODE_ID);
    settings.edge_tier = (uint8_t)number(NODE_SETTING_EDGE_TIER);
    settings.thresholds = (controller_thresholds_t){
        .min_pkt_yield = (uint16_t)number(NODE_SETTING_MIN_PKT_YIELD),
        .coherence = share(NODE_SETTING_THR_COHERENCE),
        .anomaly = share(NODE_SETTING_THR_ANOMALY),
        .motion = share(NODE_SETTING_THR_MOTION),
        .presence = share(NODE_SETTING_THR_PRESENCE),
        .still = share(NODE_SETTING_THR_STILL),
    };
    settings.hop_dwell_ms = (uint16_t)number(NODE_SETTING_HOP_DWELL_MS);
    settings.temporal_feed = (uint8_t)number(NODE_SETTING_TEMPORAL_FEED);
    settings.spectrum_hop = (uint8_t)number(NODE_SETTING_SPECTRUM_HOP);
    settings.traffic_hz = (uint16_t)number(NODE_SETTING_TRAFFIC_HZ);
    load_channels();
    load_sender();
}

esp_err_t node_setting_set_number(node_setting_t key, uint32_t value)
{
    if (key >= NODE_SETTINGS || !node_setting_is_number(key) ||
        !is_in_range(&node_setting_list[key], value)) {
        return ESP_ERR_INVALID_ARG;
    }
    return node_port->setting_set(key, value);
}

esp_err_t node_setting_set_channels(const uint8_t *channels, size_t n)
{
    if (!are_channels(channels, n)) {
        return ESP_ERR_INVALID_ARG;
    }
    return node_port->setting_set_bytes(NODE_SETTING_HOP_TABLE, channels, n);
}

esp_err_t node_setting_set_sender(const uint8_t *mac, size_t n)
{
    if (n > 0 && !is_sender(mac, n)) {
        return ESP_ERR_INVALID_ARG;
    }
    return node_port->setting_set_bytes(NODE_SETTING_SENDER, mac, n);
}
