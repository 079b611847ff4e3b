// One band of vital signs: filter, autocorrelation, spectrum; BPM and how sure it is.
#pragma once

#include "edge_state.h"

typedef struct {
    double low_hz;
    double high_hz;
    double sample_hz; // at least, where the frame rate allows
    double lag_s;     // longest lag: how finely the spectrum resolves
    double memory_s;  // time constant of the correlation
    double valid_s;   // least window for a valid result
} edge_band_design_t;

void edge_band_init(edge_band_t *band, const edge_band_design_t *design, float rate_hz);

// Forgets all it heard.
void edge_band_restart(edge_band_t *band);

// Another pair is in this slot from now on.
void edge_band_forget_slot(edge_band_t *band, uint32_t slot);

// `times` frames of the deviations of the slots; `cosine` is edge_t's.
void edge_band_feed(edge_band_t *band, const float *x /*[EDGE_TOP]*/, uint32_t times,
                    const float *cosine /*[EDGE_CIRCLE]*/);
