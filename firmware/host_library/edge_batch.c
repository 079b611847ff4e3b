// The edge features over many frames in one call, for recordings. Not part of the firmware.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "edge_features.h"
#include "hil_edge_features.h"

// ---- what Python has to know of edge_features_t -------------------------------------------------

// One member. kind: 'f' float, 'u' unsigned, 'b' bool; `size` bytes each.
typedef struct {
    const char *name;
    uint32_t offset;
    uint32_t count;
    uint32_t size;
    char kind;
} edge_batch_field_t;

#define MEMBER(name) ((edge_features_t *)0)->name
#define KIND(value)  _Generic(value, float : 'f', bool : 'b', default : 'u')
#define ENTRY(name, count, value)                                                                  \
    {#name, offsetof(edge_features_t, name), count, sizeof(value), KIND(value)},
#define FIELD(type, name)         ENTRY(name, 1, MEMBER(name))
#define ARRAY(type, name, length) ENTRY(name, length, MEMBER(name)[0])

// Ended by one without a name.
static const edge_batch_field_t fields[] = {
    HIL_EDGE_FEATURES(FIELD, ARRAY){NULL, 0, 0, 0, 0},
};

const edge_batch_field_t *edge_batch_fields(void)
{
    return fields;
}

size_t edge_batch_features_bytes(void)
{
    return sizeof(edge_features_t);
}

// ---- a context --------------------------------------------------------------------------------

size_t edge_batch_state_bytes(void)
{
    return sizeof(edge_t);
}

// `state` holds edge_batch_state_bytes(). Errors as those of edge_init.
esp_err_t edge_batch_open(void *state, uint32_t calibration_ms, uint8_t tier,
                          uint8_t spectrum_every)
{
    const edge_config_t config = {
        .calibration_ms = calibration_ms, .tier = tier, .spectrum_every = spectrum_every};
    return edge_init(state, &config);
}

// Where the spectra that edge_batch_push completes are kept; several may come with one frame, where
// it ends a gap. `count` goes on beyond `capacity`, what is kept does not.
typedef struct {
    float *values /*[capacity, EDGE_SPECTRUM_LEN]*/;
    uint32_t *frame /*[capacity] index of the frame, within its push, that completed it*/;
    uint32_t capacity;
    uint32_t count;
} edge_batch_spectra_t;

// Static, because the callback has no context. A process works on one recording at a time.
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

// From now on the spectra of this state, and of no other, are kept; NULL: no longer.
void edge_batch_keep_spectra(void *state, edge_batch_spectra_t *spectra)
{
    edge_t *edge = state;
    kept = spectra;
    edge->config.on_spectrum = spectra ? keep_spectrum : NULL;
}

// Pushes n frames, each of one antenna, and leaves what is known after each in `out`. A frame that
// is refused leaves what was known before it. Returns how many were refused.
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
