// Peaks among the strengths of rates, and how clear they are.
#pragma once

#include "edge_rhythm.h"

#define RHYTHM_MAX_RATES EDGE_HEART_RATES

// A peak: where, in steps of the rates; and how clear: its height over the highest that is no part
// of it, times the root of its height over the median.
typedef struct {
    float place;
    float clear;
} rhythm_peak_t;

typedef struct {
    rhythm_peak_t first;
    bool has_second;
    rhythm_peak_t second;   // the highest of those that are far enough from the first
    float first_of_several; // how clear the first is when the second is not held against it
} rhythm_peaks_t;

// n rates of strengths; false where all are 0.
bool rhythm_peaks(const float *strength /*[n]*/, uint32_t n, rhythm_peaks_t *out);
