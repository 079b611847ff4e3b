// What the search for rhythms is made of.
#pragma once

#include "edge_parts.h"

// ---- the series that rhythms are looked for in --------------------------------------------------

void edge_series_restart(edge_series_t *series);

// Takes a bin; true when a sample of 200 ms is complete and its change lies in `rows`.
bool edge_series_bin(edge_series_t *series, const edge_bin_t *bin);

// Frames of their own that the bins of the last window had, one a bin at most.
uint32_t edge_series_fresh(const edge_series_t *series);

// Mean square of what the last EDGE_WINDOW samples hold.
float edge_series_power(const edge_series_t *series);

// ---- how much of a rate lies in a window of the series ------------------------------------------

#define RHYTHM_CIRCLE 600u // samples of 200 ms in which a rate of half a beat a minute goes round

// cos(2 pi i / RHYTHM_CIRCLE), 0 <= i < RHYTHM_CIRCLE
float rhythm_cosine(uint32_t i);

// Transform at `halves` half beats a minute of the window that begins at row `first`, under Hann's
// window, times `weight`.
void rhythm_transform(const edge_series_t *series, uint32_t first, uint32_t halves, float weight,
                      float out[EDGE_BANDS][2] /*(re, im)*/);

// ---- whitening: what is stronger than the noise that the bands share ----------------------------

// Scales each band of the transforms to a mean power of 1; a silent band becomes 0.
void rhythm_level(float (*transform)[EDGE_BANDS][2] /*[n]*/, uint32_t n);

// mean += share (re (x_i conj x_j) - mean), for every pair of bands i >= j.
void rhythm_together(float x[EDGE_BANDS][2], float share, float *mean /*[EDGE_BAND_PAIRS]*/);

// The Cholesky root of the noise with a part of its mean added to the diagonal; all 0 where there
// is no noise.
void rhythm_root(const float *noise /*[EDGE_BAND_PAIRS]*/,
                 float (*root)[EDGE_BANDS] /*[EDGE_BANDS]*/);

// The Frobenius norm of root^-1 together root^-T.
float rhythm_strength(float (*root)[EDGE_BANDS] /*[EDGE_BANDS]*/,
                      const float *together /*[EDGE_BAND_PAIRS]*/);

// |root^-1 x|²
float rhythm_power(float (*root)[EDGE_BANDS] /*[EDGE_BANDS]*/, float x[EDGE_BANDS][2]);

// ---- peaks among the strengths of rates, and how clear they are ---------------------------------

#define RHYTHM_MAX_RATES EDGE_HEART_RATES

// A peak: where, in steps of the rates; and how clear: its height over the highest that is no part
// of it, times the root of its height over the median.
typedef struct {
    float place;
    float clear;
} rhythm_peak_t;

typedef struct {
    rhythm_peak_t first;
    rhythm_peak_t second;   // the highest of those that are far enough from the first; 0: none
    float first_of_several; // how clear the first is when the second is not held against it
} rhythm_peaks_t;

// n rates of strengths; false where all are 0.
bool rhythm_peaks(const float *strength /*[n]*/, uint32_t n, rhythm_peaks_t *out);
