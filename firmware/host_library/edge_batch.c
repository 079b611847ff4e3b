#include "edge_batch.h"

#include <string.h>

// clang-format off
#define FIELD(name, kind, count)                                                     \
    {#name, offsetof(edge_features_t, name), count,                                  \
     sizeof(((edge_features_t *)0)->name) / (count), kind}
// clang-format on

static const edge_batch_field_t fields[] = {
    FIELD(ts_us, 'u', 1),
    FIELD(motion, 'f', 1),
    FIELD(presence, 'f', 1),
    FIELD(respiration_bpm, 'f', 1),
    FIELD(respiration_conf, 'f', 1),
    FIELD(heartbeat_bpm, 'f', 1),
    FIELD(heartbeat_conf, 'f', 1),
    FIELD(anomaly, 'f', 1),
    FIELD(env_shift, 'f', 1),
    FIELD(coherence, 'f', 1),
    FIELD(motion_energy, 'f', 1),
    FIELD(presence_score, 'f', 1),
    FIELD(presence_threshold, 'f', 1),
    FIELD(active, 'b', 1),
    FIELD(fall, 'b', 1),
    FIELD(n_persons, 'u', 1),
    FIELD(quality_flags, 'u', 1),
    FIELD(vector, 'f', EDGE_VECTOR_LEN),
    FIELD(spectrum, 'f', EDGE_SPECTRUM_LEN),
    FIELD(spectra, 'u', 1),
    FIELD(frames, 'u', 1),
    FIELD(late, 'u', 1),
    FIELD(duplicates, 'u', 1),
    FIELD(faint, 'u', 1),
    FIELD(other_basis, 'u', 1),
    FIELD(refused, 'u', 1),
    FIELD(plain, 'u', 1),
    FIELD(relinks, 'u', 1),
    FIELD(gaps, 'u', 1),
    FIELD(falls, 'u', 1),
    {NULL, 0, 0, 0, 0},
};

const edge_batch_field_t *edge_batch_fields(void)
{
    return fields;
}

size_t edge_batch_features_bytes(void)
{
    return sizeof(edge_features_t);
}

size_t edge_batch_state_bytes(void)
{
    return sizeof(edge_t);
}

esp_err_t edge_batch_open(void *state, uint32_t calibration_ms, uint8_t tier,
                          uint8_t spectrum_every)
{
    const edge_config_t config = {
        .calibration_ms = calibration_ms, .tier = tier, .spectrum_every = spectrum_every};
    return edge_init(state, &config);
}

void edge_batch_recalibrate(void *state)
{
    edge_recalibrate(state);
}

// The callback has no context; a process works on one recording at a time.
static edge_batch_spectra_t *kept;
static uint32_t pushing; // index of the frame

static void keep_spectrum(const float *values /*[EDGE_SPECTRUM_LEN]*/)
{
    if (kept->count < kept->capacity) {
        memcpy(&kept->values[(size_t)kept->count * EDGE_SPECTRUM_LEN], values,
               EDGE_SPECTRUM_LEN * sizeof *values);
        kept->frame[kept->count] = pushing;
    }
    kept->count++;
}

void edge_batch_keep_spectra(void *state, edge_batch_spectra_t *spectra)
{
    edge_t *edge = state;
    kept = spectra;
    edge->config.on_spectrum = spectra ? keep_spectrum : NULL;
}

uint32_t edge_batch_push(void *state, uint32_t n, const int64_t *us /*[n]*/,
                         const int8_t *iq /*[n][width]*/, uint32_t width,
                         const uint16_t *length /*[n]*/, const uint16_t *layout /*[n]*/,
                         const int8_t *rssi /*[n]*/, const uint8_t *sender /*[n]*/,
                         const uint8_t *macs /*[senders][6]*/, uint8_t channel,
                         edge_features_t *out /*[n]*/)
{
    edge_t *edge = state;
    uint32_t refused = 0;
    for (uint32_t i = 0; i < n; i++) {
        csi_frame_t frame = {.ts_us = (uint64_t)us[i],
                             .channel = channel,
                             .n_antennas = 1,
                             .n_subcarriers = length[i] / 2u,
                             .rssi = rssi[i],
                             .layout = layout[i],
                             .iq = &iq[(size_t)i * width]};
        memcpy(frame.mac, &macs[6u * sender[i]], sizeof frame.mac);
        pushing = i;
        refused += edge_push(edge, &frame) != ESP_OK;
        out[i] = *edge_features(edge);
    }
    return refused;
}
