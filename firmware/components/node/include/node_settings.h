// The present settings, which are read at boot and by node_restore only. A setting that was never
// made, or lies outside its range, has its default.
#pragma once

#include <stddef.h>

#include "adaptive_controller.h"
#include "esp_err.h"
#include "node_setting_list.h"

// What the temporal head is fed with; as in the boot report and in its packet.
typedef enum {
    TEMPORAL_FEED_STATE = 0,    // the feature state's nine floats, every 200 ms
    TEMPORAL_FEED_SPECTRUM = 1, // Doppler bands, sixteen floats, every spectrum_hop bins
} temporal_feed_t;

typedef struct {
    bool embed_weights;
    bool start_head;
    uint8_t node_id;
    uint8_t edge_tier; // as in edge_features.h
    controller_thresholds_t thresholds;
    uint8_t n_channels;                  // 0: no hopping
    uint8_t channels[NODE_MAX_CHANNELS]; // [n_channels] in the order of the hops
    uint16_t hop_dwell_ms;
    uint8_t temporal_feed; // temporal_feed_t
    uint8_t spectrum_hop;
    uint16_t traffic_hz; // questions a second to the access point; 0: none
    bool has_sender;     // else frames of all senders are taken
    uint8_t sender[NODE_MAC_BYTES];
} node_settings_t;

const node_settings_t *node_settings(void);

void node_settings_load(void);

// ESP_ERR_INVALID_ARG: not a number, or outside its range. It takes effect with the next load.
esp_err_t node_setting_set_number(node_setting_t key, uint32_t value);

// No channels: no hopping. ESP_ERR_INVALID_ARG: an invalid channel, one that is listed twice, or
// too many.
esp_err_t node_setting_set_channels(const uint8_t *channels /*[n]*/, size_t n);

// n = 0: all senders. ESP_ERR_INVALID_ARG: not the address of a single sender.
esp_err_t node_setting_set_sender(const uint8_t *mac /*[n]*/, size_t n);
