#include "edge_features.h"

#include <math.h>
#include <string.h>

edge_config_t edge_default_config(void)
{
    return (edge_config_t){
        .rate_hz = 20.0f,
        .calibration_frames = 1200,
        .fall_threshold = 250.0f,
        .tier = EDGE_TIER_ALL,
        .phase_mode = EDGE_PHASE_AUTO,
    };
}

esp_err_t edge_init(edge_t *edge, const edge_config_t *config)
{
    if (!edge || !config || !(config->rate_hz >= 10.0f && config->rate_hz <= 100.0f) ||
        config->calibration_frames == 0 || !(config->fall_threshold > 0.0f) ||
        config->tier > EDGE_TIER_ALL || config->phase_mode > EDGE_PHASE_RESIDUAL) {
        return ESP_ERR_INVALID_ARG;
    }
    memset(edge, 0, sizeof *edge);
    edge->config = *config;
    edge->features.quality_flags = EDGE_QUALITY_CALIBRATING;
    return ESP_OK;
}

static bool same_link(const edge_t *edge, const csi_frame_t *frame)
{
    return edge->n_pairs != 0 && edge->channel == frame->channel &&
           edge->n_antennas == frame->n_antennas && edge->n_subcarriers == frame->n_subcarriers &&
           memcmp(edge->mac, frame->mac, sizeof edge->mac) == 0;
}

static void measure_coherence(edge_t *edge, const csi_frame_t *frame)
{
    int32_t re = 0, im = 0, now = 0, before = 0;
    for (uint32_t k = 0; k < edge->n_pairs; k++) {
        const int32_t i = frame->iq[2 * k], q = frame->iq[2 * k + 1];
        const int32_t pi = edge->last_iq[2 * k], pq = edge->last_iq[2 * k + 1];
        re += i * pi + q * pq;
        im += q * pi - i * pq;
        now += i * i + q * q;
        before += pi * pi + pq * pq;
    }
    const float power = sqrtf((float)now) * sqrtf((float)before);
    const float like = sqrtf((float)re * (float)re + (float)im * (float)im);
    edge->features.coherence = power > 0.0f ? like / power : 0.0f;
}

esp_err_t edge_push(edge_t *edge, const csi_frame_t *frame)
{
    if (!edge || !frame) {
        return ESP_ERR_INVALID_ARG;
    }
    const uint32_t n = (uint32_t)frame->n_antennas * frame->n_subcarriers;
    if (n == 0 || n > CSI_MAX_PAIRS) {
        edge->features.refused++;
        return ESP_ERR_INVALID_SIZE;
    }
    if (!frame->iq) {
        return ESP_ERR_INVALID_ARG;
    }
    if (same_link(edge, frame)) {
        measure_coherence(edge, frame);
    } else {
        edge->features.relinks += edge->n_pairs != 0;
        edge->n_pairs = n;
        edge->channel = frame->channel;
        edge->n_antennas = frame->n_antennas;
        edge->n_subcarriers = frame->n_subcarriers;
        memcpy(edge->mac, frame->mac, sizeof edge->mac);
    }
    memcpy(edge->last_iq, frame->iq, 2u * n);
    edge->features.ts_us = frame->ts_us;
    edge->features.frames++;
    return ESP_OK;
}

const edge_features_t *edge_features(const edge_t *edge)
{
    return &edge->features;
}

void edge_recalibrate(edge_t *edge)
{
    edge->features.quality_flags = EDGE_QUALITY_CALIBRATING;
}
