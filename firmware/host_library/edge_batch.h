// The edge features over many frames in one call, for recordings. Not part of the firmware.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "edge_features.h"

// One member of edge_features_t. kind: 'f' float, 'u' unsigned, 'b' bool; `size` bytes each.
typedef struct {
    const char *name;
    uint32_t offset;
    uint32_t count;
    uint32_t size;
    char kind;
} edge_batch_field_t;

// The members that Python reads, ended by one without a name.
const edge_batch_field_t *edge_batch_fields(void);
size_t edge_batch_features_bytes(void);
size_t edge_batch_state_bytes(void);

// `state` holds edge_batch_state_bytes(). Errors as those of edge_init.
esp_err_t edge_batch_open(void *state, uint32_t calibration_ms, uint8_t tier,
                          uint8_t spectrum_every);
void edge_batch_recalibrate(void *state);

// Pushes n frames, each of one antenna, and leaves what is known after each in `out`. A frame that
// is refused leaves what was known before it. Returns how many were refused.
uint32_t edge_batch_push(void *state, uint32_t n, const int64_t *us /*[n]*/,
                         const int8_t *iq /*[n, width]*/, uint32_t width,
                         const uint16_t *length /*[n] bytes*/, const uint16_t *layout /*[n]*/,
                         const int8_t *rssi /*[n]*/, const uint8_t *sender /*[n]*/,
                         const uint8_t *macs /*[senders, 6]*/, uint8_t channel,
                         edge_features_t *out /*[n]*/);

// From now on every spectrum that edge_batch_push completes is kept, in this state and no other:
// several may come with one frame, where it ends a gap. The arrays stay the caller's; `count` goes
// on beyond `capacity`, what is kept does not.
typedef struct {
    float *values /*[capacity, EDGE_SPECTRUM_LEN]*/;
    uint32_t *frame /*[capacity] index of the frame, within its push, that completed it*/;
    uint32_t capacity;
    uint32_t count;
} edge_batch_spectra_t;
void edge_batch_keep_spectra(void *state, edge_batch_spectra_t *spectra /*null: no longer*/);
