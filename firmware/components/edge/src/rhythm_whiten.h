// Whitening: what is stronger than the noise that the bands share.
#pragma once

#include "edge_rhythm.h"

// Scales each band of the transforms to a mean power of 1; a silent band becomes 0.
void rhythm_level(float (*transform)[EDGE_BANDS][2] /*[n]*/, uint32_t n);

// mean += share (re (x_i conj x_j) - mean), for every pair of bands i >= j.
void rhythm_together(float x[EDGE_BANDS][2], float share, float *mean /*[EDGE_BAND_PAIRS]*/);

// The root of the noise and a part of its mean on the diagonal. False where there is none.
bool rhythm_root(const float *noise /*[EDGE_BAND_PAIRS]*/,
                 float (*root)[EDGE_BANDS] /*[EDGE_BANDS]*/);

// |root^-1 together root^-T|, as the root of the sum of its squares.
float rhythm_strength(float (*root)[EDGE_BANDS] /*[EDGE_BANDS]*/,
                      const float *together /*[EDGE_BAND_PAIRS]*/);

// |root^-1 x|²
float rhythm_power(float (*root)[EDGE_BANDS] /*[EDGE_BANDS]*/, float x[EDGE_BANDS][2]);
