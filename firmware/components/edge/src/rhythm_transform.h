// How much of a rate lies in a window of the series.
#pragma once

#include "edge_rhythm.h"

#define RHYTHM_CIRCLE 600u // samples of 200 ms in which a rate of half a beat a minute goes round

// cos(2 pi i / RHYTHM_CIRCLE), 0 <= i < RHYTHM_CIRCLE
float rhythm_cosine(uint32_t i);

// Transform at `halves` half beats a minute of the window that begins at row `first`, under Hann's
// window, times `weight`.
void rhythm_transform(const edge_series_t *series, uint32_t first, uint32_t halves, float weight,
                      float out[EDGE_BANDS][2] /*(re, im)*/);
