// Settings: what survives a reset, and what is in force.
#include <inttypes.h>
#include <string.h>

#include "node_agent_parts.h"
#include "node_settings.h"

static esp_err_t setting(agent_io_t *io)
{
    const hil_setting_req_t *asked = io->in;
    if (asked->key >= NODE_SETTINGS) {
        return agent_fail(io, ESP_ERR_INVALID_ARG, "key %u: at most %u", asked->key,
                          NODE_SETTINGS - 1u);
    }
    const node_setting_info_t *info = &node_setting_list[asked->key];
    const esp_err_t err = node_setting_set_number((node_setting_t)asked->key, asked->value);
    if (err == ESP_ERR_INVALID_ARG && !node_setting_is_number((node_setting_t)asked->key)) {
        return agent_fail(io, err, "%s is not a number", info->name);
    }
    if (err == ESP_ERR_INVALID_ARG) {
        return agent_fail(io, err, "%s = %" PRIu32 ": %" PRIu32 " to %" PRIu32, info->name,
                          asked->value, info->low, info->high);
    }
    return err;
}

static esp_err_t hop_table(agent_io_t *io)
{
    const esp_err_t err = node_setting_set_channels(io->tail, io->tail_len);
    if (err == ESP_ERR_INVALID_ARG) {
        return agent_fail(io, err, "hop_table takes channels 1 to %u, each at most once",
                          NODE_MAX_CHANNELS);
    }
    return err;
}

static esp_err_t sender(agent_io_t *io)
{
    const esp_err_t err = node_setting_set_sender(io->tail, io->tail_len);
    if (err == ESP_ERR_INVALID_ARG) {
        return agent_fail(io, err, "sender takes the 6 bytes of one sender's address, or none");
    }
    return err;
}

static esp_err_t setting_info(agent_io_t *io)
{
    const hil_setting_info_req_t *asked = io->in;
    if (asked->index >= NODE_SETTINGS) {
        return agent_fail(io, ESP_ERR_NOT_FOUND, "index %u: there are %u settings", asked->index,
                          (unsigned)NODE_SETTINGS);
    }
    const node_setting_info_t *info = &node_setting_list[asked->index];
    hil_setting_info_t answer = {
        .total = NODE_SETTINGS,
        .key = (uint8_t)asked->index,
        .kind = (uint8_t)info->kind,
        .low = info->low,
        .high = info->high,
        .fallback = info->fallback,
    };
    strncpy(answer.name, info->name, sizeof answer.name - 1u);
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t settings(agent_io_t *io)
{
    const node_settings_t *now = node_settings();
    hil_settings_t answer = {
        .embed_weights = now->embed_weights,
        .start_head = now->start_head,
        .node_id = now->node_id,
        .edge_tier = (uint8_t)now->edge_tier,
        .min_pkt_yield = now->thresholds.min_pkt_yield,
        .hop_dwell_ms = now->hop_dwell_ms,
        .thr_coherence = now->thresholds.coherence,
        .thr_anomaly = now->thresholds.anomaly,
        .thr_motion = now->thresholds.motion,
        .thr_presence = now->thresholds.presence,
        .thr_still = now->thresholds.still,
        .n_channels = now->n_channels,
        .has_sender = now->has_sender,
        .traffic_hz = now->traffic_hz,
        .temporal_feed = now->temporal_feed,
        .spectrum_hop = now->spectrum_hop,
    };
    memcpy(answer.channels, now->channels, sizeof answer.channels);
    memcpy(answer.sender, now->sender, sizeof answer.sender);
    return agent_answer(io, &answer, sizeof answer);
}

const agent_command_t node_settings_commands[] = {
    {"setting", sizeof(hil_setting_req_t), false, setting},
    {"hop_table", 0, true, hop_table},
    {"sender", 0, true, sender},
    {"setting_info", sizeof(hil_setting_info_req_t), false, setting_info},
    {"settings", 0, false, settings},
    {0},
};
